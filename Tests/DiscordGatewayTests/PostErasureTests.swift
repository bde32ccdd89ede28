import Protocol
import Testing

@testable import DiscordGateway

/// What becomes of a post whose conversation was erased.
@Suite(.timeLimit(.minutes(1))) struct PostErasureTests {
    static let forbidden = DiscordRejection(
        status: 403, code: 50_013, message: "Missing Permissions")
    static let creating = "creating:\(Workbench.conversation)"

    /// The broker tells of the erasure once.
    func erase(_ bench: Workbench) async throws -> DeliveryVerdict {
        await bench.operation.deliverer.deliver(try bench.delivery(9, "", .erasure))
    }

    /// Whether a verdict asks for another try.
    func isLater(_ verdict: DeliveryVerdict) -> Bool {
        if case .later = verdict { true } else { false }
    }

    @Test func `its post goes, and nothing of it is remembered`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.discord.write("CANARY", in: post)
        #expect(try await self.erase(bench) == .handled([]))
        #expect(bench.discord.posts.isEmpty)
        #expect(bench.operation.book.post(of: Workbench.conversation) == nil)
        #expect(bench.operation.book.entry(of: post) == nil)
        // Told again after the answer was lost, it is done already.
        #expect(try await self.erase(bench) == .handled([]))
    }

    @Test func `one that somebody deleted already is done`() async throws {
        let bench = try await Workbench.ready()
        bench.discord.remove(try bench.post())
        #expect(try await self.erase(bench) == .handled([]))
    }

    @Test func `an unknown post is believed only while the forum answers`() async throws {
        let bench = try await Workbench.ready()
        bench.discord.remove(try bench.post())
        bench.discord.strike(.channel, .requestLost)
        #expect(self.isLater(try await self.erase(bench)))
        #expect(try await self.erase(bench) == .handled([]))
    }

    @Test func `without the permission it waits, says so once, and goes on when mended`()
        async throws
    {
        let bench = try await Workbench.ready()
        for _ in 1...2 {
            bench.discord.strike(.deletePost, .rejected(Self.forbidden))
            #expect(self.isLater(try await self.erase(bench)))
        }
        #expect(
            bench.log.text.split(separator: "\n").filter { $0.contains("Manage Threads") }.count
                == 1)
        #expect(bench.discord.posts.count == 1)
        #expect(try await self.erase(bench) == .handled([]))
        #expect(bench.log.text.contains("mended"))
    }

    @Test(arguments: [
        FakeDiscord.Fault.answerLost, .requestLost, .postponed(.seconds(3)),
        .rejected(DiscordRejection(status: 400, code: 0, message: "?")),
    ])
    func `what fails is tried again`(fault: FakeDiscord.Fault) async throws {
        let bench = try await Workbench.ready()
        bench.discord.strike(.deletePost, fault)
        #expect(self.isLater(try await self.erase(bench)))
        #expect(try await self.erase(bench) == .handled([]))
        #expect(bench.discord.posts.isEmpty)
    }

    @Test func `a post that was in the making is found by its card after the settle time`()
        async throws
    {
        let bench = try await Workbench()
        bench.discord.strike(.createPost, .answerLost)
        let delivery = try bench.delivery(1, "Hello")
        #expect(self.isLater(await bench.operation.deliverer.deliver(delivery)))
        #expect(bench.box.value(named: Self.creating) != nil && bench.discord.posts.count == 1)
        let early = try await Workbench(discord: bench.discord, box: bench.box) {
            $0.settle = .seconds(1_000)
        }
        #expect(self.isLater(try await self.erase(early)), "it may be under way still")
        #expect(try await self.erase(try await bench.restarted()) == .handled([]))
        #expect(bench.discord.posts.isEmpty && bench.box.value(named: Self.creating) == nil)
    }

    @Test func `second posts go too, archived ones as well, others stay`() async throws {
        let bench = try await Workbench.ready()
        let other = ConversationID(Bits128(high: 1, low: 0x8000_0000_0000_0002))
        let stays = bench.discord.makePost(for: other)
        _ = bench.discord.makePost(for: Workbench.conversation)
        bench.discord.archive(bench.discord.makePost(for: Workbench.conversation))
        #expect(try await self.erase(bench) == .handled([]))
        #expect(bench.discord.posts == [stays])
    }

    @Test func `an empty list is no evidence without the permission to read`() async throws {
        let bench = try await Workbench()
        _ = bench.discord.makePost(for: Workbench.conversation)
        bench.discord.hideHistory()
        #expect(self.isLater(try await self.erase(bench)))
        bench.discord.hideHistory(false)
        bench.operation.permissions.forget()
        #expect(try await self.erase(bench) == .handled([]))
        #expect(bench.discord.posts.isEmpty)
    }

    @Test func `a list that can't be had whole is tried again`() async throws {
        let bench = try await Workbench()
        bench.discord.archive(bench.discord.makePost(for: Workbench.conversation))
        bench.discord.strike(.archivedThreads, .requestLost)
        #expect(self.isLater(try await self.erase(bench)))
        #expect(try await self.erase(bench) == .handled([]))
        #expect(bench.discord.posts.isEmpty)
    }

    @Test func `nothing is removed while the broker is silent`() async throws {
        let bench = try await Workbench.ready()
        bench.box.fallSilent()
        #expect(self.isLater(try await self.erase(bench)))
        #expect(bench.discord.posts.count == 1)
    }

    @Test func `a post that an earlier process is known to have lost is forgotten too`()
        async throws
    {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        bench.discord.remove(post)
        bench.operation.book.lost([post])
        try await BoxState.keep(gonePosts: [post], bench.box)
        #expect(try await self.erase(bench) == .handled([]))
        #expect(try await BoxState.gonePosts(bench.box).isEmpty)
    }

    @Test func `what an operator writes meanwhile is marked as lost and not asked for again`()
        async throws
    {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        let message = bench.discord.write("Still there?", in: post)
        bench.box.refuseNext(Refused(.conversationGone, "The conversation was erased."))
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        try await bench.operation.marks.settle()
        #expect(bench.box.sent.isEmpty)
        #expect(bench.discord.reactions(to: message) == [.failed])
        #expect(!bench.log.text.contains("error operator's message refused"))
    }

    @Test func `the post of a conversation that was erased long ago is removed when found`()
        async throws
    {
        let box = FakeBox()
        box.erase(Workbench.conversation)
        let bench = try await Workbench(box: box, mustSearch: true)
        _ = bench.discord.makePost(for: Workbench.conversation)
        #expect(try await bench.operation.recovery.takeUpAll())
        #expect(bench.discord.posts.isEmpty)
    }
}
