import Protocol
import Testing

@testable import Broker

/// Every state of a service's losses × every event.
@Suite struct CrashRecordTests {
    /// What the record knows before an event.
    enum Before: CaseIterable {
        case nothing, twoLosses, careful, suspected, nearlyDeadly, otherSeqSuspected

        var record: CrashRecord {
            switch self {
            case .nothing: CrashRecord()
            case .twoLosses: CrashRecord(losses: 2)
            case .careful: CrashRecord(losses: 3)
            case .suspected: CrashRecord(losses: 4, suspects: [7: .init(seq: 5, losses: 1)])
            case .nearlyDeadly: CrashRecord(losses: 7, suspects: [7: .init(seq: 5, losses: 4)])
            case .otherSeqSuspected:
                CrashRecord(losses: 1, suspects: [7: .init(seq: 4, losses: 4)])
            }
        }
    }

    /// A record as a text that a test can compare.
    func described(_ record: CrashRecord) -> String {
        let suspects = record.suspects.sorted { $0.key < $1.key }.map {
            " \($0.key)/\($0.value.seq)×\($0.value.losses)"
        }
        return "\(record.losses)\(record.isCareful ? " careful" : "")" + suspects.joined()
    }

    @Test(arguments: [
        (Before.nothing, "1"), (.twoLosses, "3 careful"), (.careful, "4 careful"),
        (.suspected, "5 careful 7/5×1"), (.nearlyDeadly, "8 careful 7/5×4"),
        (.otherSeqSuspected, "2 7/4×4"),
    ])
    func `a loss with nothing alone counts against nobody`(before: Before, after: String) {
        var record = before.record
        #expect(record.lost(hasAcknowledged: false, alone: nil) == nil)
        #expect(self.described(record) == after)
    }

    @Test(arguments: [
        (Before.nothing, "1 7/5×1", false), (.twoLosses, "3 careful 7/5×1", false),
        (.careful, "4 careful 7/5×1", false), (.suspected, "5 careful 7/5×2", false),
        (.nearlyDeadly, "8 careful", true), (.otherSeqSuspected, "2 7/5×1", false),
    ])
    func `a loss with an event alone counts against it, and the fifth sets it aside`(
        before: Before, after: String, isDeadly: Bool
    ) {
        var record = before.record
        let deadly = record.lost(hasAcknowledged: false, alone: (7, 5))
        #expect((deadly?.seq == 5) == isDeadly)
        #expect(self.described(record) == after)
    }

    @Test(arguments: Before.allCases)
    func `a consumer that acknowledged something doesn't lengthen the row`(before: Before) {
        var record = before.record
        _ = record.lost(hasAcknowledged: true, alone: nil)
        #expect(record == before.record)
    }

    @Test(arguments: [
        (Before.nothing, "0"), (.twoLosses, "0"), (.careful, "0"), (.suspected, "0"),
        (.nearlyDeadly, "0"), (.otherSeqSuspected, "0"),
    ])
    func `an acknowledgement of the suspect clears it`(before: Before, after: String) {
        var record = before.record
        record.acknowledged(7, upTo: 5)
        #expect(self.described(record) == after)
    }

    @Test(arguments: [
        (Before.nothing, "0"), (.twoLosses, "0"), (.careful, "0"), (.suspected, "0 7/5×1"),
        (.nearlyDeadly, "0 7/5×4"), (.otherSeqSuspected, "0 7/4×4"),
    ])
    func `an acknowledgement elsewhere ends the row and leaves the suspicion`(
        before: Before, after: String
    ) {
        var record = before.record
        record.acknowledged(8, upTo: 99)
        #expect(self.described(record) == after)
    }

    // MARK: What a consumer gets by it

    func consumer(_ crashes: CrashRecord, backlog: [Int64]) throws -> ConsumerState {
        let session = Session(
            connection: ConnectionID(number: 1), box: try name("main"),
            service: ServiceRow(id: 2, name: try name("discord")), mode: .consumer, generation: 1)
        var consumer = ConsumerState(session: session, backlog: backlog, crashes: crashes)
        consumer.credited(16)
        return consumer
    }

    @Test func `after three losses one event goes out at a time`() throws {
        var consumer = try self.consumer(CrashRecord(losses: 3), backlog: [7, 8, 9])
        #expect(consumer.next(at: 0) == [7])
        #expect(consumer.next(at: 1) == [])
        consumer.postponed(7)
        #expect(consumer.next(at: 2) == [8])
        consumer.acknowledged(8, upTo: 1)
        consumer.finished(8, hasMore: false)
        #expect(consumer.next(at: 3) == [9])
        consumer.wants(10)
        #expect(consumer.next(at: 4) == [10], "an acknowledgement ends the caution")
    }

    @Test func `a suspect waits until the connection has stood, then goes alone`() throws {
        let crashes = CrashRecord(losses: 0, suspects: [7: .init(seq: 5, losses: 1)])
        var consumer = try self.consumer(crashes, backlog: [7, 8])
        #expect(consumer.next(at: 0) == [8])
        consumer.wants(7)
        #expect(consumer.next(at: 1) == [])
        consumer.stood()
        #expect(consumer.next(at: 2) == [], "another event is under way")
        consumer.finished(8, hasMore: false)
        #expect(consumer.next(at: 3) == [7])
        consumer.wants(9)
        #expect(consumer.next(at: 4) == [], "nothing goes beside it")
        consumer.acknowledged(7, upTo: 5)
        consumer.finished(7, hasMore: true)
        #expect(consumer.next(at: 5) == [9, 7])
    }

    @Test(arguments: [(Int64(60_000), true), (60_001, false)])
    func `a loss counts within a minute of the delivery`(after: Int64, counts: Bool) throws {
        var consumer = try self.consumer(CrashRecord(losses: 3), backlog: [7])
        _ = consumer.next(at: 1_000)
        #expect((consumer.suspect(at: 1_000 + after) == 7) == counts)
    }

    @Test func `what isn't alone, or is done, isn't suspected`() throws {
        var many = try self.consumer(CrashRecord(losses: 2), backlog: [7])
        _ = many.next(at: 0)
        #expect(many.suspect(at: 1) == nil, "nobody is careful yet")
        var done = try self.consumer(CrashRecord(losses: 3), backlog: [7])
        _ = done.next(at: 0)
        done.finished(7, hasMore: false)
        #expect(done.suspect(at: 1) == nil)
        var postponed = try self.consumer(CrashRecord(losses: 3), backlog: [7])
        _ = postponed.next(at: 0)
        postponed.postponed(7)
        #expect(postponed.suspect(at: 1) == nil)
    }
}
