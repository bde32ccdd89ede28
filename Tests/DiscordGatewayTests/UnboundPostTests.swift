import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// Our own posts that came to be without being bound.
@Suite
struct UnboundPostTests {
    private func number(_ sequence: Int64, _ generation: Int = 1) -> DispatchNumber {
        DispatchNumber(generation: generation, sequence: sequence)
    }

    /// Discord tells of a post.
    private func created(
        _ post: Snowflake, by owner: Snowflake = FakeDiscord.bot,
        in forum: Snowflake = FakeDiscord.forum
    ) -> JSONValue {
        [
            "id": .string("\(post)"), "type": 11, "parent_id": .string("\(forum)"),
            "owner_id": .string("\(owner)"),
        ]
    }

    private func wrote(_ post: Snowflake, _ author: Snowflake) -> JSONValue {
        [
            "id": .string("\(post.value + 99)"), "channel_id": .string("\(post)"),
            "content": "Hello?", "author": ["id": .string("\(author)"), "username": "x"],
        ]
    }

    /// The post that is followed first.
    private func followed(_ bench: Workbench) async -> Snowflake? {
        var newcomers = bench.operation.desk.newcomers.makeAsyncIterator()
        return await newcomers.next()
    }

    private func look(
        _ bench: Workbench, at post: Snowflake, isLast: Bool = false
    ) async throws -> PostTakeUp.Ending {
        try await bench.operation.unbound.look(at: post, isLast: isLast)
    }

    private static let record: Name? = PostMaker.record(of: Workbench.conversation)

    /// A post that came to be though nobody makes it any more, with an operator's text.
    private func late(_ bench: Workbench) -> Snowflake {
        let post = bench.discord.makePost(for: Workbench.conversation)
        bench.discord.write("Can I help?", in: post)
        return post
    }

    // MARK: Which are followed

    @Test func `a post of ours that isn't bound is followed, and its dispatch unfinished`()
        async throws
    {
        let bench = try await Workbench()
        let post = self.late(bench)
        bench.told(1, "A_NEW_KIND", [:])
        bench.told(2, "THREAD_CREATE", self.created(post))
        bench.told(3, "A_NEW_KIND", [:])
        #expect(await self.followed(bench) == post)
        #expect(bench.operation.desk.allDurable.sequence == 1)
        bench.operation.desk.bound(post) {}
        #expect(bench.operation.desk.allDurable.sequence == 3)
    }

    @Test func `one that was left alone isn't held against the session`() async throws {
        let bench = try await Workbench()
        let post = self.late(bench)
        bench.told(1, "THREAD_CREATE", self.created(post))
        bench.told(2, "THREAD_CREATE", self.created(post))
        #expect(bench.operation.desk.allDurable.sequence == 0)
        let desk = bench.operation.desk
        #expect(!desk.leftAlone(post, since: 1), "it was told of again while it was looked at")
        #expect(desk.leftAlone(post, since: desk.tellings(of: post)))
        #expect(bench.operation.desk.allDurable.sequence == 2)
    }

    @Test func `others' posts, other channels' and bound ones aren't followed`() async throws {
        let bench = try await Workbench.ready()
        let post = self.late(bench)
        bench.told(1, "THREAD_CREATE", self.created(post, by: FakeDiscord.person))
        bench.told(2, "THREAD_CREATE", self.created(post, in: Snowflake(5)))
        bench.told(3, "THREAD_CREATE", self.created(try bench.post()))
        bench.told(4, "THREAD_CREATE", "odd")
        #expect(bench.operation.desk.allDurable.sequence == 4)
    }

    @Test func `whoever writes in one that was left alone has it looked at again`() async throws {
        let bench = try await Workbench()
        let post = self.late(bench)
        let desk = bench.operation.desk
        bench.told(1, "THREAD_CREATE", self.created(post))
        bench.told(2, "MESSAGE_CREATE", self.wrote(post, FakeDiscord.person))
        #expect(desk.tellings(of: post) == 2)
        #expect(desk.leftAlone(post, since: 2))
        #expect(bench.operation.desk.allDurable.sequence == 2)
        bench.told(3, "MESSAGE_CREATE", self.wrote(post, FakeDiscord.bot))
        #expect(bench.operation.desk.allDurable.sequence == 3)
        bench.told(4, "MESSAGE_CREATE", self.wrote(post, FakeDiscord.person))
        #expect(bench.operation.desk.allDurable.sequence == 3)
    }

    @Test(arguments: [false, true])
    func `a new session finds those that nobody told of, and isn't caught up before`(
        isArchived: Bool
    ) async throws {
        let bench = try await Workbench.ready()
        let desk = bench.operation.desk
        let second = self.late(bench)
        if isArchived { bench.discord.archive(second) }
        desk.sessionBegan(self.number(1))
        try await bench.operation.catchUp.run(for: self.number(1))
        try await bench.readPost()
        try await bench.comparePost()
        #expect(await self.followed(bench) == second)
        #expect(desk.allDurable.sequence == 0)
        #expect(desk.leftAlone(second, since: desk.tellings(of: second)))
        #expect(desk.allDurable.sequence == 1)
    }

    @Test func `posts that came to be seen again are followed before that is finished`()
        async throws
    {
        let bench = try await Workbench.ready()
        let desk = bench.operation.desk
        let second = self.late(bench)
        bench.told(1, "THREAD_LIST_SYNC", ["threads": [self.created(second)]])
        #expect(await self.followed(bench) == second)
        #expect(desk.allDurable.sequence == 0)
        desk.bound(second) {}
        #expect(desk.allDurable.sequence == 1)
    }

    @Test func `a process that goes on with a session hears what is written in closed ones`()
        async throws
    {
        let bench = try await Workbench.ready()
        let second = self.late(bench)
        #expect(try await self.look(bench, at: second) == .done)
        let next = try await bench.restarted()
        await next.operation.unbound.find()
        next.told(1, "MESSAGE_CREATE", self.wrote(second, FakeDiscord.person))
        #expect(await self.followed(next) == second)
        next.told(2, "MESSAGE_CREATE", self.wrote(try bench.post(), FakeDiscord.bot))
        #expect(next.operation.desk.tellings(of: second) == 1)
    }

    // MARK: What becomes of them

    @Test func `a post that nobody makes is bound, and what operators wrote there is read`()
        async throws
    {
        let bench = try await Workbench()
        let post = self.late(bench)
        #expect(try await self.look(bench, at: post) == .done)
        #expect(try bench.post() == post)
        try await bench.readPost()
        #expect(bench.box.texts == ["Can I help?"])
    }

    @Test func `one that may be in the making is left to its maker, but not for ever`()
        async throws
    {
        let bench = try await Workbench()
        let post = self.late(bench)
        try await bench.box.keep(["forum": "1"], as: try #require(Self.record))
        #expect(try await self.look(bench, at: post) == .inMaking)
        #expect(bench.box.peer(of: Workbench.conversation) == nil)
        #expect(try await self.look(bench, at: post, isLast: true) == .done)
        #expect(try bench.post() == post)
        #expect(try await bench.box.value(of: try #require(Self.record)) == .null)
    }

    @Test func `one without a card is waited for, and then nobody's`() async throws {
        let bench = try await Workbench()
        let post = self.late(bench)
        bench.discord.delete(post)
        #expect(try await self.look(bench, at: post) == .inMaking)
        #expect(try await self.look(bench, at: post, isLast: true) == .done)
        #expect(bench.box.peer(of: Workbench.conversation) == nil)
    }

    @Test func `one that takes a deleted post's place is bound`() async throws {
        let bench = try await Workbench.ready()
        bench.discord.remove(try bench.post())
        let post = self.late(bench)
        #expect(try await self.look(bench, at: post) == .done)
        #expect(try bench.post() == post)
    }

    @Test(arguments: [false, true])
    func `a second one is read in, and then closed with a notice, once`(
        isArchived: Bool
    ) async throws {
        let bench = try await Workbench.ready()
        let mark = bench.box.mark(of: Workbench.conversation)
        let second = self.late(bench)
        bench.discord.write("// a note", in: second)
        if isArchived { bench.discord.archive(second) }
        for _ in 0..<2 { #expect(try await self.look(bench, at: second) == .done) }
        #expect(bench.box.texts == ["Can I help?"])
        #expect(bench.discord.isArchived(second))
        #expect(bench.discord.notices(in: second).count == 1)
        #expect(try !bench.discord.isArchived(bench.post()))
        #expect(bench.box.mark(of: Workbench.conversation) == mark)
    }

    @Test(arguments: [FakeDiscord.Call.createNotice, .archive])
    func `what is written in a second one while it is closed is read, too`(
        call: FakeDiscord.Call
    ) async throws {
        let bench = try await Workbench.ready()
        let second = self.late(bench)
        bench.discord.meanwhile(call) { state in
            _ = FakeDiscord.add(
                TestMessage.make(content: "And?", author: FakeDiscord.person), to: second, &state)
        }
        #expect(try await self.look(bench, at: second) == .done)
        #expect(bench.box.texts == ["Can I help?", "And?"])
        #expect(bench.discord.isArchived(second))
    }

    @Test func `one of a conversation that we don't know may be another broker's`() async throws {
        let bench = try await Workbench()
        let post = self.late(bench)
        bench.box.forget(Workbench.conversation)
        #expect(try await self.look(bench, at: post, isLast: true) == .done)
        #expect(!bench.discord.isArchived(post) && bench.discord.notices(in: post).isEmpty)
    }

    @Test func `one of an erased conversation is removed`() async throws {
        let bench = try await Workbench()
        let post = self.late(bench)
        bench.box.erase(Workbench.conversation)
        #expect(try await self.look(bench, at: post) == .done)
        #expect(bench.discord.posts.isEmpty)
    }

    @Test func `one that is gone again is done`() async throws {
        let bench = try await Workbench()
        let post = self.late(bench)
        bench.discord.remove(post)
        #expect(try await self.look(bench, at: post) == .done)
    }

    @Test(arguments: [FakeDiscord.Call.message, .channel])
    func `what fails is looked at again`(call: FakeDiscord.Call) async throws {
        let bench = try await Workbench()
        let post = self.late(bench)
        bench.discord.strike(call, .requestLost)
        #expect(try await self.look(bench, at: post) == .failed)
        #expect(try await self.look(bench, at: post) == .done)
    }

    @Test func `one whose conversation got another post just now is looked at again`()
        async throws
    {
        let bench = try await Workbench.ready()
        let next = try await Workbench(discord: bench.discord)
        try await next.box.bind(
            Workbench.conversation, to: try #require(try bench.post().peer), replacing: nil)
        let second = self.late(bench)
        #expect(try await self.look(next, at: second) == .failed)
        try await next.operation.loadPosts()
        #expect(try await self.look(next, at: second) == .done)
        #expect(bench.discord.isArchived(second))
    }

    // MARK: Whoever makes one

    @Test func `a maker whose post was taken up meanwhile writes in that`() async throws {
        let bench = try await Workbench()
        bench.discord.strike(.createPost, .answerLost)
        _ = await bench.operation.deliverer.deliver(try bench.delivery(1, "Hello"))
        let post = try #require(bench.discord.posts.first)
        #expect(try await self.look(bench, at: post, isLast: true) == .done)
        // The broker's delivery is from before.
        try await bench.settle(1, "Hello")
        #expect(bench.discord.posts == [post])
        #expect(bench.discord.contents(of: post) == ["Hello"])
    }

    @Test
    func `a post begun in a deleted one's place is found, though its message is withdrawn`()
        async throws
    {
        let bench = try await Workbench.ready()
        let first = try bench.post()
        bench.discord.remove(first)
        bench.discord.strike(.createPost, .answerLost)
        _ = await bench.operation.deliverer.deliver(try bench.delivery(2, "Again"))
        let second = try #require(bench.discord.posts.first { $0 != first })
        bench.discord.write("Can I help?", in: second)
        let next = try await bench.restarted()
        try await next.settle(2, "", isDeleted: true)
        #expect(try next.post() == second)
        try await next.readPost()
        #expect(next.box.texts == ["Can I help?"])
    }
}
