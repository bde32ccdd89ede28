import Protocol
import Synchronization

/// Until when something that was asked of Discord, without an answer, may still come to be: asks
/// ``SettleTable`` by the clock.
final class SettleTimes: Sendable {
    /// Added to each wait, so that whoever comes back after it doesn't come a moment too early.
    private static let margin = Duration.milliseconds(50)

    private let table: Mutex<SettleTable>

    /// Settle times of this length; until now an earlier process may have asked for anything.
    init(length: Duration) { self.table = Mutex(SettleTable(length: length, now: .now)) }

    /// Until now another process may have asked for anything.
    func othersActed() { self.table.withLock { $0.othersActed(upTo: .now) } }

    /// Something was asked for in a conversation, and there is no answer.
    func lostAnswer(in conversation: ConversationID) {
        self.table.withLock { $0.lostAnswer(in: conversation, at: .now) }
    }

    /// After which time to come back, because something in a conversation may still take effect;
    /// `nil` if nothing can any more.
    func wait(for conversation: ConversationID) -> Duration? {
        self.table.withLock { $0.remaining(in: conversation, at: .now) }.map { $0 + Self.margin }
    }

    /// How the delivery of something that can't be told apart from an earlier try of itself is put
    /// off, until that has settled; `nil` if it has.
    func putOff(_ delivery: Delivery, _ doubt: Doubt) -> DeliveryVerdict? {
        guard doubt.mayLand, let wait = self.wait(for: delivery.conversation) else { return nil }
        return .later(
            after: wait, delivery.external, reason: "an earlier try may be under way")
    }
}
