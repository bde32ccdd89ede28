import Protocol
import Testing

@testable import DiscordGateway

/// Until when something of unknown outcome is waited for.
@Suite
struct SettleTests {
    private static let start = ContinuousClock.now
    private let other = ConversationID(Bits128(high: 1, low: 1))
    private var table = SettleTable(length: .seconds(10), now: Self.start)

    private func left(_ table: SettleTable, after seconds: Int) -> Duration? {
        table.remaining(in: Workbench.conversation, at: Self.start + .seconds(seconds))
    }

    @Test func `what an earlier process asked for counts from our start, once for all`() {
        #expect(self.left(self.table, after: 0) == .seconds(10))
        #expect(self.left(self.table, after: 9) == .seconds(1))
        #expect(self.left(self.table, after: 10) == nil)
        #expect(self.left(self.table, after: 11) == nil)
    }

    @Test mutating func `a lost answer counts in its conversation only, and anew each time`() {
        let conversation = Workbench.conversation
        self.table.lostAnswer(in: conversation, at: Self.start + .seconds(20))
        #expect(self.left(self.table, after: 21) == .seconds(9))
        #expect(self.table.remaining(in: self.other, at: Self.start + .seconds(21)) == nil)
        self.table.lostAnswer(in: conversation, at: Self.start + .seconds(25))
        #expect(self.left(self.table, after: 30) == .seconds(5))
        #expect(self.left(self.table, after: 35) == nil)
    }

    @Test mutating func `another's lost answer doesn't end a time that runs`() {
        self.table.lostAnswer(in: Workbench.conversation, at: Self.start + .seconds(20))
        self.table.lostAnswer(in: self.other, at: Self.start + .seconds(21))
        #expect(self.left(self.table, after: 22) == .seconds(8))
    }

    @Test mutating func `another process may have asked for anything anywhere`() {
        self.table.othersActed(upTo: Self.start + .seconds(30))
        #expect(self.left(self.table, after: 31) == .seconds(9))
        #expect(
            self.table.remaining(in: self.other, at: Self.start + .seconds(31)) == .seconds(9))
        self.table.othersActed(upTo: Self.start + .seconds(29))
        #expect(self.left(self.table, after: 31) == .seconds(9))
    }

    @Test mutating func `the longer of both counts`() {
        self.table.lostAnswer(in: Workbench.conversation, at: Self.start + .seconds(20))
        self.table.othersActed(upTo: Self.start + .seconds(15))
        #expect(self.left(self.table, after: 22) == .seconds(8))
        self.table.othersActed(upTo: Self.start + .seconds(24))
        #expect(self.left(self.table, after: 26) == .seconds(8))
    }
}
