import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// Roles, permissions, kinds of channels, and cards.
@Suite
struct PlaceTests {
    private static let team = Snowflake(5)

    private func told(_ bench: Workbench, _ content: String) async throws -> Snowflake {
        let id = bench.discord.write(content, in: try bench.post())
        bench.operation.desk.readBack(try bench.post())
        try await bench.readPost()
        return id
    }

    // MARK: Roles

    @Test
    func `a new post and one that follows a deleted one mention a role, and nothing else does`()
        async throws
    {
        let bench = try await Workbench { $0.notifyRole = Self.team }
        let made = try await bench.settle(1, "Hello")
        try await bench.settle(2, "Anybody?", last: made.last)
        bench.discord.remove(try bench.post())
        try await bench.settle(3, "Again", last: made.last)
        #expect(bench.discord.mentions == [Self.team, Self.team])
    }

    @Test
    func `the mention names its role and allows no other`() throws {
        let card = Card(
            conversation: Workbench.conversation, visitor: "Ann", notePrefix: "//",
            isSuccessor: false, mention: Self.team)
        let request = DiscordRequest.creatingPost(in: Snowflake(200), name: "Ann", card: card)
        let message = try JSONParser.parse(try #require(request.body))["message"]
        #expect(message?["content"] == "<@&5>")
        #expect(message?["allowed_mentions"] == ["parse": [], "roles": ["5"]])
    }

    @Test
    func `with roles configured only their members' messages go out`() async throws {
        let bench = try await Workbench.ready { $0.operatorRoles = [Self.team, Snowflake(6)] }
        bench.discord.give([Snowflake(9)], to: FakeDiscord.person)
        let stranger = try await self.told(bench, "psst")
        #expect(bench.box.sent.isEmpty)
        try await bench.operation.marks.settle()
        #expect(bench.discord.reactions(to: stranger) == [.kept])
        #expect(bench.box.mark(of: Workbench.conversation) == stranger.mark)
        let next = try await Workbench(discord: bench.discord, box: bench.box) {
            $0.operatorRoles = [Self.team]
        }
        next.discord.give([Self.team], to: FakeDiscord.person)
        _ = try await self.told(next, "Hello!")
        #expect(next.box.texts == ["Hello!"])
    }

    @Test
    func `while nobody knows somebody's roles the message waits`() async throws {
        let bench = try await Workbench.ready { $0.operatorRoles = [Self.team] }
        bench.discord.give([Self.team], to: FakeDiscord.person)
        let post = try bench.post()
        let id = bench.discord.write("Hi", in: post)
        bench.discord.strike(.member, .requestLost)
        let entry = try #require(bench.operation.book.entry(of: post))
        let message = try #require(bench.discord.message(id))
        let relay = bench.operation.reader.relay
        guard case .later = try await relay.written(message, in: entry, mark: nil) else {
            Issue.record("it was decided")
            return
        }
        #expect(try await relay.written(message, in: entry, mark: nil) == .done)
        #expect(bench.box.texts == ["Hi"])
    }

    @Test
    func `who lost the role changes and withdraws nothing by editing`() async throws {
        let bench = try await Workbench.ready { $0.operatorRoles = [Self.team] }
        bench.discord.give([Self.team], to: FakeDiscord.person)
        let id = try await self.told(bench, "Hi")
        bench.discord.give([], to: FakeDiscord.person)
        bench.discord.edit(id, to: "Bye", at: 1_790_000_000_000)
        var message = try #require(bench.discord.message(id))
        message.author?.member = DiscordMember(["roles": []])
        try bench.told(2, .edited(message))
        try await bench.readPost()
        #expect(bench.box.texts == ["Hi"])
    }

    // MARK: Permissions

    @Test
    func `a missing permission is said in one sentence, and mended at once when Discord tells`()
        async throws
    {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.discord.take(.readMessageHistory)
        bench.operation.permissions.forget()
        bench.discord.write("Hi", in: post)
        bench.operation.desk.readBack(post)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bench.operation.reader.run(post) }
            while bench.log.text.components(of: "Read Message History") == 0 { await Task.yield() }
            #expect(bench.box.sent.isEmpty)
            bench.discord.giveAll()
            // Whoever began to wait a moment later hears it, too.
            group.addTask {
                while bench.box.sent.isEmpty {
                    bench.told(2, "CHANNEL_UPDATE", ["id": "200"])
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            try await group.waitForAll()
        }
        #expect(bench.box.texts == ["Hi"])
        #expect(bench.log.text.components(of: "Read Message History") == 1)
    }

    @Test
    func `without the permission to write nothing is tried, and it goes on when it is given back`()
        async throws
    {
        let bench = try await Workbench.ready()
        bench.discord.take(.sendMessagesInThreads)
        bench.operation.permissions.forget()
        let sends = bench.discord.calls.count { $0 == .createMessage }
        for _ in 0..<3 {
            let verdict = await bench.operation.deliverer.deliver(try bench.delivery(2, "Again"))
            guard case .later(let wait, _, _) = verdict else {
                Issue.record("not put off: \(verdict)")
                return
            }
            #expect(wait == DeliveryVerdict.knownWait)
        }
        #expect(bench.discord.calls.count { $0 == .createMessage } == sends)
        bench.discord.giveAll()
        bench.told(2, "CHANNEL_UPDATE", ["id": "200"])
        try await bench.settle(2, "Again")
        #expect(bench.discord.contents(of: try bench.post()) == ["Hello", "Again"])
    }

    @Test
    func `a channel that everybody can read is warned of`() async throws {
        let bench = try await Workbench.ready()
        await bench.operation.permissions.look()
        #expect(bench.log.text.components(of: "everybody on the server can read") == 1)
    }

    @Test(arguments: [(Int64(15), true), (16, true), (0, true), (2, false), (4, false), (5, false)])
    func `conversations live in forums and text channels`(type: Int64, holds: Bool) throws {
        let channel = try #require(
            DiscordChannel(["id": "200", "type": .integer(type), "guild_id": "100"]))
        #expect(channel.holdsPosts == holds)
    }

    @Test
    func `a forum's posts need another permission than a text channel's`() throws {
        #expect(DiscordPermissions.Needed.all(in: TestMessage.forum).contains(.sendMessages))
        let text = DiscordPermissions.Needed.all(in: TestMessage.textChannel)
        #expect(!text.contains(.sendMessages))
        #expect(text.contains(.createPublicThreads))
    }

    // MARK: A text channel

    @Test
    func `in a text channel a thread gets a card, and everything else is as in a forum`()
        async throws
    {
        let bench = try await Workbench(discord: FakeDiscord(isText: true)) {
            $0.notifyRole = Self.team
        }
        let made = try await bench.settle(1, "Hello")
        try await bench.settle(2, "Again", last: made.last)
        let post = try bench.post()
        #expect(bench.discord.posts == [post])
        #expect(bench.discord.mentions == [Self.team])
        #expect(bench.discord.contents(of: post) == ["<@&5>", "Hello", "Again"])
        _ = try await self.told(bench, "Hi")
        #expect(bench.box.texts == ["Hi"])
    }

    @Test(arguments: [FakeDiscord.Call.createPost, .createNotice])
    func `one thread with one card is made whatever answer is lost`(
        call: FakeDiscord.Call
    ) async throws {
        let bench = try await Workbench(discord: FakeDiscord(isText: true))
        bench.discord.strike(call, .answerLost)
        try await bench.settle(1, "Hello")
        let post = try bench.post()
        #expect(bench.discord.posts == [post])
        #expect(bench.discord.notices(in: post).count == 1)
        #expect(bench.discord.contents(of: post) == ["Hello"])
    }

    // MARK: Cards

    @Test
    func `a post whose card was deleted is known by its name, and gets another card`() async throws
    {
        let bench = try await Workbench()
        let orphan = bench.discord.makePost(for: Workbench.conversation)
        bench.discord.delete(orphan)
        bench.discord.rename(orphan, to: "Ann · \(PostName.shortID(Workbench.conversation))")
        let searching = try await Workbench(
            discord: bench.discord, box: bench.box, mustSearch: true)
        try await searching.settle(1, "Hello")
        #expect(try searching.post() == orphan)
        #expect(bench.discord.notices(in: orphan).count == 1)
    }
}
