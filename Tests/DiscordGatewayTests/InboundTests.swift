import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

@Suite
struct InboundTests {
    private func number(_ sequence: Int64, generation: Int = 1) -> DispatchNumber {
        DispatchNumber(generation: generation, sequence: sequence)
    }

    /// A bench whose conversation has a post with a visitor's message in it, fully read.
    private func ready() async throws -> Workbench {
        let bench = try await Workbench()
        try await bench.settle(1, "Hello")
        try await bench.readPost()
        return bench
    }

    private func live(_ id: Snowflake, _ sequence: Int64, _ bench: Workbench) throws {
        let message = try #require(bench.discord.message(id))
        bench.operation.desk.received(
            LiveChange(number: self.number(sequence), change: .written(message)),
            in: message.channel)
    }

    @Test
    func `a new session's catch-up hands in what was missed, in order, before what is live`()
        async throws
    {
        let bench = try await self.ready()
        let post = try bench.post()
        bench.operation.desk.sessionBegan(self.number(1))
        for index in 1...230 { bench.discord.write("missed \(index)", in: post) }
        try self.live(bench.discord.write("live", in: post), 2, bench)
        try await bench.readPost()
        #expect(bench.box.sent.isEmpty, "a live message overtook the catch-up")
        try await bench.operation.catchUp.run(for: self.number(1))
        try await bench.readPost()
        try await bench.comparePost()
        #expect(bench.box.sent.map(\.body) == (1...230).map { "missed \($0)" } + ["live"])
        #expect(bench.operation.desk.allDurable == self.number(2))
    }

    @Test func `a post that is opened while posts are listed is read and compared`() async throws {
        let bench = try await self.ready()
        let post = try bench.post()
        let said = bench.discord.write("kept", in: post)
        try self.live(said, 1, bench)
        try await bench.readPost()
        bench.discord.delete(said)
        bench.discord.archive(post)
        bench.discord.openMeanwhile(post)
        let next = try await bench.restarted()
        next.operation.desk.sessionBegan(self.number(1, generation: 2))
        try await next.operation.catchUp.run(for: self.number(1, generation: 2))
        try await next.readPost()
        #expect(next.operation.desk.allDurable.sequence == 0, "it isn't compared yet")
        try await next.comparePost()
        #expect(next.box.texts.isEmpty)
        #expect(next.operation.desk.allDurable == self.number(1, generation: 2))
    }

    @Test
    func `what was written in a post that was bound and not yet read is read by the next process`()
        async throws
    {
        let bench = try await Workbench()
        try await bench.settle(1, "Hello")
        let post = try bench.post()
        bench.discord.write("before it was bound", in: post)

        let next = try await bench.restarted()
        // The session goes on: nothing is told again, only what comes from now on.
        try self.live(next.discord.write("after", in: post), 1, next)
        try await next.readPost()
        #expect(next.box.sent.map(\.body) == ["before it was bound", "after"])
    }

    @Test
    func `what was written in a post is read though its only message was withdrawn meanwhile`()
        async throws
    {
        let bench = try await Workbench()
        bench.discord.strike(.createPost, .answerLost)
        _ = await bench.operation.deliverer.deliver(try bench.delivery(1, "Hello"))
        let post = try #require(bench.discord.posts.first)
        bench.discord.write("Who is there?", in: post)
        try await bench.settle(1, "", isDeleted: true)
        try await bench.readPost()
        #expect(bench.box.sent.map(\.body) == ["Who is there?"])
        #expect(bench.discord.posts.count == 1)
    }

    @Test
    func `a new post in which nobody wrote is read once`() async throws {
        let bench = try await self.ready()
        let reads = bench.discord.calls.filter { $0 == .messages }.count
        #expect(reads > 0)
        let next = try await bench.restarted()
        try await next.readPost()
        #expect(next.discord.calls.filter { $0 == .messages }.count == reads)
    }

    @Test
    func `a session counts as durable only when its catch-up is finished`() async throws {
        let bench = try await self.ready()
        bench.operation.desk.sessionBegan(self.number(1))
        bench.discord.write("missed", in: try bench.post())
        #expect(bench.operation.desk.allDurable.sequence == 0)
        try await bench.operation.catchUp.run(for: self.number(1))
        #expect(bench.operation.desk.allDurable.sequence == 0)
        try await bench.readPost()
        #expect(bench.operation.desk.allDurable.sequence == 0)
        try await bench.comparePost()
        #expect(bench.operation.desk.allDurable == self.number(1))
    }

    @Test
    func `an archived post that changed is read, and one that didn't isn't`() async throws {
        let bench = try await self.ready()
        let post = try bench.post()
        bench.discord.write("missed", in: post)
        bench.discord.archive(post)
        bench.operation.desk.sessionBegan(self.number(1))
        try await bench.operation.catchUp.run(for: self.number(1))
        try await bench.readPost()
        #expect(bench.box.sent.map(\.body) == ["missed"])

        let reads = bench.discord.calls.filter { $0 == .messages }.count
        bench.operation.desk.sessionBegan(self.number(1, generation: 2))
        try await bench.operation.catchUp.run(for: self.number(1, generation: 2))
        try await bench.readPost()
        #expect(bench.discord.calls.filter { $0 == .messages }.count == reads)
    }

    @Test
    func `a message heard twice is handed in under one key`() async throws {
        let bench = try await self.ready()
        let id = bench.discord.write("Hi", in: try bench.post())
        try self.live(id, 2, bench)
        try await bench.readPost()
        try self.live(id, 3, bench)
        try await bench.readPost()
        #expect(bench.box.sent.map(\.key.text) == ["\(id)"])
    }

    @Test
    func `the mark moves with what is stored and with what is ignored`() async throws {
        let bench = try await self.ready()
        let post = try bench.post()
        let said = bench.discord.write("Hi", in: post)
        try self.live(said, 2, bench)
        try await bench.readPost()
        #expect(bench.box.mark(of: Workbench.conversation) == said.mark)
        let note = bench.discord.write("// looks rich", in: post)
        try self.live(note, 3, bench)
        try await bench.readPost()
        #expect(bench.box.mark(of: Workbench.conversation) == note.mark)
        #expect(bench.box.sent.count == 1)
    }

    @Test
    func `an operator who writes has seen what stands above`() async throws {
        let bench = try await self.ready()
        try self.live(bench.discord.write("Hi", in: try bench.post()), 2, bench)
        try await bench.readPost()
        #expect(bench.box.seen(of: Workbench.conversation) == 1)
    }

    @Test
    func `a send refused for good steps aside for the next`() async throws {
        let bench = try await self.ready()
        let post = try bench.post()
        bench.box.refuseNext(Refused(.idempotencyConflict, "other content"))
        try self.live(bench.discord.write("one", in: post), 2, bench)
        try self.live(bench.discord.write("two", in: post), 3, bench)
        try await bench.readPost()
        #expect(bench.box.sent.map(\.body) == ["two"])
        #expect(bench.operation.desk.allDurable == self.number(3))
    }

    @Test
    func `too many waiting messages become a read-back, and none is lost`() async throws {
        let bench = try await self.ready()
        let post = try bench.post()
        bench.operation.desk.sessionBegan(self.number(1))
        for index in 1...500 {
            try self.live(bench.discord.write("m\(index)", in: post), Int64(index + 1), bench)
        }
        try await bench.operation.catchUp.run(for: self.number(1))
        try await bench.readPost()
        try await bench.comparePost()
        #expect(bench.box.sent.map(\.body) == (1...500).map { "m\($0)" })
        #expect(bench.operation.desk.allDurable == self.number(501))
    }

    @Test
    func `a withheld message is neither stored nor passed`() async throws {
        let bench = try await self.ready()
        let post = try bench.post()
        let before = bench.box.mark(of: Workbench.conversation)
        let id = bench.discord.write("", in: post)
        try self.live(id, 2, bench)
        let reads = bench.discord.calls.count { $0 == .messages }
        // The worker waits for the intent to be switched on; it is ended like a process's end.
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await bench.operation.reader.run(post) }
            while bench.discord.calls.count(where: { $0 == .messages }) == reads {
                await Task.yield()
            }
            group.cancelAll()
        }
        #expect(bench.box.sent.isEmpty)
        #expect(bench.box.mark(of: Workbench.conversation) == before)
        #expect(bench.operation.desk.allDurable.sequence == 1)
    }
}
