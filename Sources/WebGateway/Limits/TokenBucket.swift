/// How much may be done how fast: a burst at once, then one each interval.
struct TokenBucket: Equatable, Sendable {
    private let burst: Int
    private let interval: Duration
    /// When the bucket will be full again.
    private var fullAt: ContinuousClock.Instant?

    /// A full bucket.
    init(burst: Int, interval: Duration) {
        self.burst = burst
        self.interval = interval
    }

    /// A visitor's messages: ten at once, then 100 a minute.
    static let messages = TokenBucket(burst: 10, interval: .milliseconds(600))
    /// A page's frames of every kind, far above what a page does: 120 at once, then 20 a second.
    static let frames = TokenBucket(burst: 120, interval: .milliseconds(50))

    /// Takes one, or answers how long to wait for one.
    mutating func take(at now: ContinuousClock.Instant) -> Duration? {
        let full = max(self.fullAt ?? now, now)
        let wait = full - now - self.interval * (self.burst - 1)
        guard wait <= .zero else { return wait }
        self.fullAt = full + self.interval
        return nil
    }
}
