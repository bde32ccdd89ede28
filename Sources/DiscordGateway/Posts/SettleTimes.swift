import Protocol
import Synchronization

/// Until when a post that was asked for, without an answer, may still come to be.
final class SettleTimes: Sendable {
    /// Added to each wait, so that whoever comes back after it doesn't come a moment too early.
    private static let margin = Duration.milliseconds(50)

    private let length: Duration
    private let ends = Mutex<[ConversationID: ContinuousClock.Instant]>([:])

    /// Settle times of this length.
    init(length: Duration) { self.length = length }

    /// How the delivery of something that can't be told apart from an earlier try of itself is put
    /// off, until that has settled; `nil` if it has.
    func putOff(_ delivery: Delivery, _ doubt: Doubt) -> DeliveryVerdict? {
        guard doubt.mayLand, !self.hasPassed(for: delivery.conversation) else { return nil }
        // A time that runs isn't begun anew: whoever comes too early would wait for ever.
        let wait = self.left(for: delivery.conversation) ?? self.begin(for: delivery.conversation)
        return .later(
            after: wait, delivery.external, reason: "an earlier try may be under way")
    }

    /// What is left of a time that runs, after which to come back.
    private func left(for conversation: ConversationID) -> Duration? {
        self.ends.withLock { ends in
            ends[conversation].map { max($0 - .now, .zero) + Self.margin }
        }
    }

    /// The time begins, also anew; answers when to come back.
    func begin(for conversation: ConversationID) -> Duration {
        self.ends.withLock { $0[conversation] = .now + self.length }
        return self.length + Self.margin
    }

    /// Whether a time that began has passed. It counts once: what is asked for afterwards begins
    /// another.
    func hasPassed(for conversation: ConversationID) -> Bool {
        self.ends.withLock { ends in
            guard let end = ends[conversation], end <= .now else { return false }
            ends[conversation] = nil
            return true
        }
    }
}
