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

    /// A full bucket that gives so many times as much.
    func multiplied(by factor: Int) -> TokenBucket {
        TokenBucket(burst: self.burst * factor, interval: self.interval / factor)
    }

    /// How long to wait for one; `nil` if there is one.
    func wait(at now: ContinuousClock.Instant) -> Duration? {
        let full = max(self.fullAt ?? now, now)
        let wait = full - now - self.interval * (self.burst - 1)
        return wait <= .zero ? nil : wait
    }

    /// Takes one, or answers how long to wait for one.
    mutating func take(at now: ContinuousClock.Instant) -> Duration? {
        if let wait = self.wait(at: now) { return wait }
        self.fullAt = max(self.fullAt ?? now, now) + self.interval
        return nil
    }

    /// Whether it is as good as a new one.
    func isFull(at now: ContinuousClock.Instant) -> Bool {
        self.fullAt.map { $0 <= now } ?? true
    }
}
