import Protocol

/// How fast the visitors of each conversation may have something stored.
///
/// It belongs to the conversation and outlives its pages: who reconnects finds the pace as it was.
struct RequestRates: Sendable {
    private var minutes = RateTable<ConversationID>(
        WebLimits.requests, countMax: WebLimits.conversations)
    private var days = RateTable<ConversationID>(
        WebLimits.requestsPerDay, countMax: WebLimits.conversations)

    /// Takes one, or answers how long to wait for one.
    mutating func take(
        _ conversation: ConversationID, at now: ContinuousClock.Instant
    ) -> Duration? {
        if let wait = self.days.wait(conversation, at: now) { return wait }
        if let wait = self.minutes.take(conversation, at: now) { return wait }
        return self.days.take(conversation, at: now)
    }
}

/// Whether a page that is told to wait does.
struct Patience: Equatable, Sendable {
    private var until: ContinuousClock.Instant?
    private var strikes = 0

    /// The page is told to wait. Says whether it came back too early too often.
    mutating func mustWait(_ wait: Duration, at now: ContinuousClock.Instant) -> Bool {
        // A page whose clock runs a little fast is no flood.
        let isEarly = self.until.map { now + wait / 10 < $0 } ?? false
        self.strikes = isEarly ? self.strikes + 1 : 0
        self.until = max(self.until ?? now, now + wait)
        return self.strikes >= WebLimits.impatience
    }
}
