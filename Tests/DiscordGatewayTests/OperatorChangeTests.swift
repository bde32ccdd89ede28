import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// Edits and deletions by operators, and what becomes of them for the visitor.
@Suite
struct OperatorChangeTests {
    private static let time: Int64 = 1_790_000_000_123

    /// A bench with one operator's message, "Hi", that was told live as number 2.
    private func withMessage(
        _ content: String = "Hi"
    ) async throws -> (Workbench, Snowflake) {
        let bench = try await Workbench.ready()
        let id = bench.discord.write(content, in: try bench.post())
        try bench.told(2, .written(try #require(bench.discord.message(id))))
        try await bench.readPost()
        return (bench, id)
    }

    private func edit(
        _ id: Snowflake, to content: String, at time: Int64 = OperatorChangeTests.time,
        _ number: Int64 = 3, in bench: Workbench
    ) async throws {
        bench.discord.edit(id, to: content, at: time)
        try bench.told(number, .edited(try #require(bench.discord.message(id))))
        try await bench.readPost()
    }

    @Test
    func `an edit is told with a key and a revision of its time`() async throws {
        let (bench, id) = try await self.withMessage()
        try await self.edit(id, to: "Hi <@42>!", in: bench)
        let edit = try #require(bench.box.edits.first)
        #expect(edit.key.text == "\(id):e:\(Self.time)")
        #expect(edit.target.text == "\(id)")
        #expect(edit.revision == Self.time)
        #expect(bench.box.texts == ["Hi @user!"])
        #expect(bench.operation.desk.allDurable.sequence == 3)
    }

    @Test
    func `a preview that Discord adds is no edit`() async throws {
        let (bench, id) = try await self.withMessage("see https://example.org")
        bench.discord.change(id) { $0.extras.embeds = ["Example"] }
        try bench.told(3, .edited(try #require(bench.discord.message(id))))
        try await bench.readPost()
        #expect(bench.box.edits.isEmpty)
        #expect(bench.operation.desk.allDurable.sequence == 3)
    }

    @Test
    func `a preview told without the text asks for the message, and takes nothing away`()
        async throws
    {
        let (bench, id) = try await self.withMessage()
        let post = try bench.post()
        bench.told(
            3, "MESSAGE_UPDATE",
            ["id": .string("\(id)"), "channel_id": .string("\(post)"), "embeds": [[:]]])
        try await bench.readPost()
        #expect(bench.discord.calls.contains(.message))
        #expect(bench.box.texts == ["Hi"])
        #expect(bench.operation.desk.allDurable.sequence == 3)
    }

    @Test
    func `an older edit that is told later changes nothing`() async throws {
        let (bench, id) = try await self.withMessage()
        try await self.edit(id, to: "newer", in: bench)
        try await self.edit(id, to: "older", at: Self.time - 1, 4, in: bench)
        #expect(bench.box.texts == ["newer"])
    }

    @Test
    func `a note prefix that an edit adds withdraws the message for good`() async throws {
        let (bench, id) = try await self.withMessage()
        try await self.edit(id, to: "// not for them", in: bench)
        #expect(bench.box.deletions.map(\.key.text) == ["\(id):d"])
        #expect(bench.box.texts.isEmpty)
        try await self.edit(id, to: "Hi again", at: Self.time + 1, 4, in: bench)
        #expect(bench.box.texts.isEmpty)
        #expect(bench.operation.desk.allDurable.sequence == 4)
    }

    @Test
    func `a note prefix that an edit removes publishes nothing`() async throws {
        let (bench, id) = try await self.withMessage("// looks rich")
        try await self.edit(id, to: "looks rich", in: bench)
        #expect(bench.box.sent.isEmpty)
        #expect(bench.box.edits.isEmpty)
        try await bench.comparePostOnce()
        #expect(bench.box.texts.isEmpty)
    }

    @Test
    func `a message first read after its edit is sent with its revision`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        let id = bench.discord.write("first", in: post)
        bench.discord.edit(id, to: "second", at: Self.time)
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        #expect(bench.box.sent.map(\.revision) == [Self.time])
        #expect(bench.box.texts == ["second"])
    }

    @Test
    func `a message stored before its edit and read again after it is edited`() async throws {
        let (bench, id) = try await self.withMessage("first")
        bench.discord.edit(id, to: "second", at: Self.time)
        try bench.told(3, .written(try #require(bench.discord.message(id))))
        try await bench.readPost()
        #expect(bench.box.texts == ["second"])
    }

    @Test
    func `an edit told before its message has the message read`() async throws {
        let bench = try await Workbench.ready()
        let id = bench.discord.write("first", in: try bench.post())
        try await self.edit(id, to: "second", 2, in: bench)
        #expect(bench.box.texts == ["second"])
    }

    @Test
    func `a deletion is told with its key, and once`() async throws {
        let (bench, id) = try await self.withMessage()
        let post = try bench.post()
        bench.discord.delete(id)
        for number in [3, 4] as [Int64] {
            bench.told(
                number, "MESSAGE_DELETE",
                ["id": .string("\(id)"), "channel_id": .string("\(post)")])
        }
        try await bench.readPost()
        #expect(bench.box.deletions.map(\.key.text) == ["\(id):d"])
        #expect(bench.box.deletions.map(\.target.text) == ["\(id)"])
        #expect(bench.operation.desk.allDurable.sequence == 4)
    }

    @Test
    func `many deleted at once are each told`() async throws {
        let (bench, first) = try await self.withMessage()
        let post = try bench.post()
        let second = bench.discord.write("Ho", in: post)
        try bench.told(3, .written(try #require(bench.discord.message(second))))
        bench.told(
            4, "MESSAGE_DELETE_BULK",
            ["channel_id": .string("\(post)"), "ids": [.string("\(first)"), .string("\(second)")]])
        try await bench.readPost()
        #expect(bench.box.texts.isEmpty)
    }

    @Test
    func `the deletion of a visitor's message, a note or a card is nothing to tell`() async throws {
        let (bench, note) = try await self.withMessage("// a note")
        let post = try bench.post()
        let visitors = try #require(bench.box.visitorsMessage)
        try bench.told(3, .deleted([visitors, note, post]))
        try await bench.readPost()
        #expect(bench.box.deletions.isEmpty)
    }

    @Test
    func `a deletion told before its message reserves the key`() async throws {
        let bench = try await Workbench.ready()
        let id = bench.discord.write("Hi", in: try bench.post())
        let message = try #require(bench.discord.message(id))
        try bench.told(2, .deleted([id]))
        try bench.told(3, .written(message))
        try await bench.readPost()
        #expect(bench.box.texts.isEmpty)
        #expect(bench.box.sent.isEmpty)
        #expect(bench.operation.desk.allDurable.sequence == 3)
    }

    @Test
    func `edits and deletions that nobody told are found by comparing`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        let ids = (1...3).map { bench.discord.write("m\($0)", in: post) }
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        bench.discord.edit(ids[0], to: "m1, better", at: Self.time)
        bench.discord.delete(ids[1])
        try await bench.comparePostOnce()
        #expect(bench.box.texts == ["m1, better", "m3"])
    }

    @Test(arguments: [
        FakeDiscord.Fault.rejected(.init(status: 403, code: 50_001, message: "Missing Access")),
        .requestLost, .postponed(.seconds(1)),
    ])
    func `a message that isn't in a page is deleted only if Discord says so`(
        fault: FakeDiscord.Fault
    ) async throws {
        let (bench, id) = try await self.withMessage()
        bench.discord.delete(id)
        bench.discord.strike(.message, fault)
        _ = try await bench.operation.comparison.compare(try bench.post())
        #expect(bench.box.deletions.isEmpty)
        _ = try await bench.operation.comparison.compare(try bench.post())
        #expect(bench.box.deletions.count == 1)
    }

    @Test
    func `while the history can't be read nothing counts as deleted`() async throws {
        let (bench, _) = try await self.withMessage()
        bench.discord.hideHistory()
        bench.operation.permissions.forget()
        #expect(try await bench.operation.comparison.compare(try bench.post()) != nil)
        #expect(bench.box.deletions.isEmpty)
    }

    @Test
    func `a deleted post closes its conversation, once`() async throws {
        let (bench, _) = try await self.withMessage()
        let post = try bench.post()
        bench.discord.remove(post)
        bench.told(3, "THREAD_DELETE", ["id": .string("\(post)"), "parent_id": "200"])
        try await bench.readPost()
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        #expect(bench.box.closes.map(\.key.text) == ["\(post):close"])
        #expect(bench.operation.desk.allDurable.sequence == 3)
    }

    @Test
    func `a post that is known to be deleted isn't asked for by later processes`() async throws {
        let bench = try await Workbench.ready()
        bench.discord.remove(try bench.post())
        bench.operation.desk.readBack(try bench.post())
        try await bench.readPost()
        #expect(bench.box.closes.count == 1)
        let next = try await bench.restarted()
        let calls = next.discord.calls.count { $0 == .messages || $0 == .channel }
        let number = DispatchNumber(generation: 1, sequence: 1)
        next.operation.desk.sessionBegan(number)
        try await next.operation.catchUp.run(for: number)
        try await next.readPost()
        #expect(next.operation.desk.allDurable == number)
        // Only the permissions were looked at.
        #expect(next.discord.calls.count { $0 == .messages || $0 == .channel } <= calls + 1)
        try await next.settle(2, "Again")
        #expect(next.discord.posts.count == 1)
    }

    @Test
    func `a deleted post closes nothing once the visitor goes on in a new one`() async throws {
        let (bench, _) = try await self.withMessage()
        let post = try bench.post()
        let entry = try #require(bench.operation.book.entry(of: post))
        bench.discord.remove(post)
        try await bench.settle(9, "Are you there?")
        #expect(try bench.post() != post)
        try await bench.operation.reader.relay.removed(entry)
        #expect(bench.box.closes.isEmpty)
    }

    @Test
    func `a post that is there after all closes nothing`() async throws {
        let (bench, _) = try await self.withMessage()
        let post = try bench.post()
        bench.told(3, "THREAD_DELETE", ["id": .string("\(post)"), "parent_id": "200"])
        try await bench.readPost()
        #expect(bench.box.closes.isEmpty)
    }

    @Test
    func `an operator's reply names the event that it answers`() async throws {
        let bench = try await Workbench.ready()
        let visitors = try #require(bench.box.visitorsMessage)
        let id = bench.discord.write("That one", in: try bench.post())
        bench.discord.change(id) { $0.answers = visitors }
        try bench.told(2, .written(try #require(bench.discord.message(id))))
        try await bench.readPost()
        #expect(bench.box.sent.first?.replyTo == EventID(Bits128(high: 1, low: 1)))
    }

    @Test
    func `the mark doesn't pass a message that was told late and still waits`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        let older = bench.discord.write("// older", in: post)
        let newer = bench.discord.write("// newer", in: post)
        try bench.told(2, .written(try #require(bench.discord.message(newer))))
        try bench.told(3, .written(try #require(bench.discord.message(older))))
        guard case .live(let first) = bench.operation.desk.next(for: post) else {
            Issue.record("nothing to do")
            return
        }
        #expect(first.change.written?.id == newer)
        #expect(bench.operation.desk.mark(handling: newer, in: post) == nil)
        #expect(bench.operation.desk.next(for: post) != nil)
        #expect(bench.operation.desk.mark(handling: older, in: post) == newer)
    }

    @Test
    func `dropped edits of a flood are found by a comparison`() async throws {
        let (bench, id) = try await self.withMessage()
        bench.discord.edit(id, to: "edited", at: Self.time)
        let edited = try #require(bench.discord.message(id))
        for number in 3...(3 + Int64(LaneTable.queueMax)) {
            try bench.told(number, .edited(edited))
        }
        try await bench.readPost()
        #expect(bench.operation.desk.allDurable.sequence == 2)
        try await bench.comparePostOnce()
        #expect(bench.box.texts == ["edited"])
        #expect(bench.operation.desk.allDurable.sequence == 3 + Int64(LaneTable.queueMax))
    }

    @Test(arguments: [true, false])
    func `what a flood drops is found however old the message is`(isDeleted: Bool) async throws {
        let (bench, id) = try await self.withMessage()
        let post = try bench.post()
        for number in 3...(3 + Int64(LaneTable.queueMax)) {
            let newer = try #require(bench.discord.message(bench.discord.write("Newer", in: post)))
            try bench.told(number, .written(newer))
            try await bench.readPost()
        }
        let first = 4 + Int64(LaneTable.queueMax)
        if isDeleted {
            bench.discord.delete(id)
            try bench.told(first, .deleted([id]))
        } else {
            bench.discord.edit(id, to: "edited", at: Self.time)
            try bench.told(first, .edited(try #require(bench.discord.message(id))))
        }
        let other = try #require(bench.discord.message(bench.discord.write("Flood", in: post)))
        for number in (first + 1)...(first + Int64(LaneTable.queueMax)) {
            try bench.told(number, .written(other))
        }
        try await bench.readPost()
        #expect(bench.operation.desk.allDurable.sequence == first - 1)
        try await bench.comparePost()
        #expect(bench.box.deletions.map(\.target.text) == (isDeleted ? ["\(id)"] : []))
        #expect(bench.box.edits.map(\.body) == (isDeleted ? [] : ["edited"]))
        #expect(bench.operation.desk.allDurable.sequence == first + Int64(LaneTable.queueMax))
    }
}
