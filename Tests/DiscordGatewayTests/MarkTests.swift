import Protocol
import Testing

@testable import DiscordGateway

/// What operators are shown of what became of their messages.
@Suite
struct MarkTests {
    private func receipt(
        _ delivered: Int64, _ seen: Int64 = 0, version: Int64 = 1,
        in conversation: ConversationID = Workbench.conversation,
        failed: [Receipt.Failure] = []
    ) throws -> ReceiptPush {
        ReceiptPush(
            conversation: conversation,
            receipt: Receipt(
                service: try #require(Name("web")), deliveredUpTo: delivered, seenUpTo: seen,
                failed: failed),
            version: version)
    }

    /// A bench with some operators' messages, stored from seq 1,000 on.
    private func withMessages(_ count: Int) async throws -> (Workbench, [Snowflake]) {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        let ids = (0..<count).map { bench.discord.write("m\($0)", in: post) }
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        return (bench, ids)
    }

    // MARK: The ledger

    @Test
    func `a message is shown as delivered, then as seen instead, each once`() throws {
        var ledger = MarkLedger(version: 0)
        let id = Snowflake(7)
        ledger.stored(3, as: id, in: Workbench.conversation)
        #expect(ledger.changes(for: try self.receipt(2)).isEmpty)
        #expect(
            ledger.changes(for: try self.receipt(3))
                == [.init(message: id, shows: .delivered, hides: nil)])
        #expect(ledger.changes(for: try self.receipt(3)).isEmpty)
        #expect(
            ledger.changes(for: try self.receipt(3, 3))
                == [.init(message: id, shows: .seen, hides: .delivered)])
        #expect(ledger.changes(for: try self.receipt(3, 3)).isEmpty)
    }

    @Test
    func `what failed is shown so`() throws {
        var ledger = MarkLedger(version: 0)
        ledger.stored(3, as: Snowflake(7), in: Workbench.conversation)
        let failed = Receipt.Failure(seq: 3, code: "x", reason: "y")
        #expect(
            ledger.changes(for: try self.receipt(3, 3, failed: [failed])).map(\.shows) == [.failed])
    }

    @Test
    func `a long gap marks only the newest messages, oldest first`() throws {
        var ledger = MarkLedger(version: 0)
        for seq in 1...80 as ClosedRange<Int64> {
            ledger.stored(seq, as: Snowflake(UInt64(seq)), in: Workbench.conversation)
        }
        let changes = ledger.changes(for: try self.receipt(80, 80))
        #expect(changes.map(\.message) == (76...80).map { Snowflake($0) })
        #expect(ledger.changes(for: try self.receipt(80, 80)).isEmpty)
    }

    @Test
    func `a version counts as acted on only when every receipt up to it is`() throws {
        var ledger = MarkLedger(version: 5)
        let other = ConversationID(Bits128(high: 9, low: 9))
        ledger.listed([], isLast: true)
        ledger.received(try self.receipt(1, version: 6))
        ledger.received(try self.receipt(1, version: 7, in: other))
        #expect(ledger.acted == 5)
        guard case .receipt(let first) = ledger.next() else { return #expect(Bool(false)) }
        // A newer one of the same conversation takes the older one's place.
        ledger.received(try self.receipt(2, version: 8))
        ledger.finished(first)
        #expect(ledger.acted == 6)
        guard case .receipt(let second) = ledger.next() else { return #expect(Bool(false)) }
        #expect(second.conversation == other)
        ledger.finished(second)
        #expect(ledger.acted == 7)
        guard case .receipt(let third) = ledger.next() else { return #expect(Bool(false)) }
        #expect(third.version == 8)
        ledger.finished(third)
        #expect(ledger.acted == 8)
        #expect(ledger.next() == nil)
    }

    @Test
    func `what was missed while the broker was away counts only once it was listed`() throws {
        var ledger = MarkLedger(version: 5)
        ledger.listed([], isLast: true)
        ledger.disconnected()
        let push = try self.receipt(1, version: 9)
        ledger.received(push)
        ledger.finished(push)
        #expect(ledger.acted == 5)
        ledger.listed([try self.receipt(1, version: 7)], isLast: true)
        while case .receipt(let push) = ledger.next() { ledger.finished(push) }
        #expect(ledger.acted == 7)
    }

    @Test
    func `a flood of receipts is bounded, and what is left out is asked for`() throws {
        var ledger = MarkLedger(version: 0)
        ledger.listed([], isLast: true)
        for low in 0...MarkLedger.waitingMax {
            let conversation = ConversationID(Bits128(high: 1, low: UInt64(low)))
            ledger.received(try self.receipt(1, version: Int64(low + 1), in: conversation))
        }
        #expect(ledger.hasGap)
        #expect(ledger.acted == 0)
    }

    // MARK: The desk

    @Test
    func `receipts put reactions beneath operators' messages`() async throws {
        let (bench, ids) = try await self.withMessages(2)
        bench.operation.marks.received(try self.receipt(1_001, 1_000))
        try await bench.operation.marks.settle()
        #expect(bench.discord.reactions(to: ids[0]) == [.seen])
        #expect(bench.discord.reactions(to: ids[1]) == [.delivered])
        bench.operation.marks.received(try self.receipt(1_001, 1_001, version: 2))
        try await bench.operation.marks.settle()
        #expect(bench.discord.reactions(to: ids[1]) == [.seen])
    }

    @Test
    func `a process started anew asks what it missed, and knows the messages`() async throws {
        let (bench, ids) = try await self.withMessages(1)
        bench.box.report(try self.receipt(1_000, 1_000, version: 4))
        let next = try await bench.restarted()
        try await next.operation.marks.settle()
        #expect(next.discord.reactions(to: ids[0]) == [.seen])
    }

    @Test
    func `notes and refused messages are marked, too`() async throws {
        let bench = try await Workbench.ready()
        let post = try bench.post()
        let note = bench.discord.write("// a note", in: post)
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        bench.box.refuseNext(Refused(.blocked, "The visitor is blocked."))
        let refused = bench.discord.write("Hi", in: post)
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        try await bench.operation.marks.settle()
        #expect(bench.discord.reactions(to: note) == [.kept])
        #expect(bench.discord.reactions(to: refused) == [.failed])
    }

    @Test
    func `without the permission to react nothing is tried, and it is said once`() async throws {
        let (bench, ids) = try await self.withMessages(3)
        bench.discord.take(.addReactions)
        bench.operation.permissions.forget()
        for version in 1...3 as ClosedRange<Int64> {
            bench.operation.marks.received(
                try self.receipt(999 + version, 999 + version, version: version))
            try await bench.operation.marks.settle()
        }
        #expect(!bench.discord.calls.contains(.react))
        #expect(bench.discord.reactions(to: ids[0]).isEmpty)
        #expect(bench.log.text.components(of: "Add Reactions") == 1)
    }

    @Test(arguments: [
        FakeDiscord.Fault.rejected(FakeDiscord.unknownMessage), .rejected(FakeDiscord.archived),
        .rejected(.init(status: 403, code: 50_013, message: "Missing Permissions")), .requestLost,
    ])
    func `a mark that can't be put is left out`(fault: FakeDiscord.Fault) async throws {
        let (bench, ids) = try await self.withMessages(2)
        bench.discord.strike(.react, fault)
        bench.operation.marks.received(try self.receipt(1_001, 1_001))
        try await bench.operation.marks.settle()
        #expect(bench.discord.reactions(to: ids[1]) == [.seen])
    }

    @Test
    func `whoever has blocked the bot gets no further marks, and costs one refusal`() async throws {
        let (bench, ids) = try await self.withMessages(3)
        let post = try bench.post()
        let other = bench.discord.write("from another", in: post, by: Snowflake(77))
        bench.operation.desk.readBack(post)
        try await bench.readPost()
        bench.discord.strike(
            .react, .rejected(.init(status: 403, code: 90_001, message: "Reaction blocked")))
        for seen in [999, 1_003] as [Int64] {
            bench.operation.marks.received(try self.receipt(1_003, seen, version: seen))
            try await bench.operation.marks.settle()
        }
        bench.operation.marks.show(.kept, beneath: ids[2], in: post)
        try await bench.operation.marks.settle()
        #expect(ids.allSatisfy { bench.discord.reactions(to: $0).isEmpty })
        #expect(bench.discord.reactions(to: other) == [.seen])
        // One that was refused, and two for the other: delivered, and seen in its place.
        #expect(bench.discord.calls.count { $0 == .react } == 4)
    }
}
