import Protocol

/// Until when requests whose outcome nobody knows may still take effect.
///
/// A time that has passed stays passed: only a further request without an answer, or another process
/// that may have acted for us, begins one.
struct SettleTable: Sendable {
    private let length: Duration
    private var everywhere: ContinuousClock.Instant
    private var ends: [ConversationID: ContinuousClock.Instant] = [:]

    /// Settle times of this length; up to `now` an earlier process may have asked for anything.
    init(length: Duration, now: ContinuousClock.Instant) {
        self.length = length
        self.everywhere = now + length
    }

    /// Up to now another process may have asked for anything.
    mutating func othersActed(upTo now: ContinuousClock.Instant) {
        self.everywhere = max(self.everywhere, now + self.length)
    }

    /// Something was asked for in a conversation, and it is known now that there is no answer.
    mutating func lostAnswer(
        in conversation: ConversationID, at now: ContinuousClock.Instant
    ) {
        // Hardly any answer is lost, so this stays short.
        self.ends = self.ends.filter { $0.value > now }
        self.ends[conversation] = now + self.length
    }

    /// How long something in a conversation may still take effect; `nil` if nothing can any more.
    func remaining(
        in conversation: ConversationID, at now: ContinuousClock.Instant
    ) -> Duration? {
        let end = max(self.everywhere, self.ends[conversation] ?? self.everywhere)
        return end > now ? end - now : nil
    }
}
