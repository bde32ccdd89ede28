/// Decides when a request may leave: per limit as Discord's headers teach, with a ceiling for all.
///
/// Times are counted from the limiter's beginning, before which an earlier process may have sent.
/// Requests of one route are one at a time; that is the caller's part.
struct RateLimiter: Sendable {
    /// Whether a request may leave.
    enum Verdict: Equatable, Sendable {
        /// It may, and is counted already.
        case go
        /// Ask again at this time.
        case wait(until: Duration)
        /// Too many requests were refused of late, or the token is dead: not before this time.
        case refused(until: Duration)
    }

    /// What is known of one limit.
    private struct Bucket {
        var remaining = 1
        var resetsAt = Duration.zero
    }

    private struct BucketKey: Hashable {
        var name: String
        var major: String
    }

    /// Requests of all kinds in any second; Discord's own limit is 50.
    static let perSecond = 40
    /// Requests of all kinds in the first second: an earlier process that was killed just before may
    /// have sent ``perSecond`` of Discord's 50 already.
    static let inFirstSecond = 10
    /// Refusals (401, 403, 429) in ten minutes after which we keep still: at 10,000 Discord bans
    /// the address, which others may share.
    static let refusalsMax = 100
    private static let refusalWindow = Duration.seconds(600)
    /// Added to each reset, because the two clocks don't tick alike.
    private static let margin = Duration.milliseconds(50)

    private var names: [String: String] = [:]
    private var buckets: [BucketKey: Bucket] = [:]
    private var pausedUntil = Duration.zero
    private var tokenDeadUntil = Duration.zero
    /// When requests of the last second left; at most ``perSecond``.
    private var departures: [Duration] = []
    private var refusals: [Duration] = []

    /// Asks to send a request now.
    mutating func ask(_ route: DiscordRoute, at now: Duration) -> Verdict {
        if let until = self.stop(at: now) { return .refused(until: until) }
        if now < self.pausedUntil { return .wait(until: self.pausedUntil) }
        let key = self.key(of: route)
        if let bucket = self.buckets[key], bucket.remaining < 1, now < bucket.resetsAt {
            return .wait(until: bucket.resetsAt)
        }
        if let until = self.ceiling(at: now) { return .wait(until: until) }
        self.departures.append(now)
        // Counted before the answer, so that two routes of one limit don't overshoot it together.
        self.buckets[key]?.remaining -= 1
        return .go
    }

    /// An answer came.
    mutating func answered(
        _ route: DiscordRoute, status: Int, _ report: RateLimitReport, at now: Duration
    ) {
        if let name = report.bucket { self.names[route.template] = name }
        self.learn(route, report, at: now)
        switch status {
        case 401:
            self.tokenDeadUntil = now + Self.refusalWindow
            self.refusals.append(now)
        case 403: self.refusals.append(now)
        case 429:
            if !report.isShared { self.refusals.append(now) }
            self.hold(route, report, at: now)
        default: break
        }
        self.forgetStale(at: now)
    }

    private mutating func learn(
        _ route: DiscordRoute, _ report: RateLimitReport, at now: Duration
    ) {
        guard let remaining = report.remaining, let reset = report.resetAfter else { return }
        self.buckets[self.key(of: route)] = Bucket(
            remaining: max(remaining, 0), resetsAt: now + reset + Self.margin)
    }

    /// A 429: everything or this limit waits. A 429 with requests left is a hidden limit; it is
    /// obeyed all the same.
    private mutating func hold(
        _ route: DiscordRoute, _ report: RateLimitReport, at now: Duration
    ) {
        let until = now + (report.retryAfter ?? .seconds(60)) + Self.margin
        if report.isGlobal {
            self.pausedUntil = max(self.pausedUntil, until)
        } else {
            self.buckets[self.key(of: route)] = Bucket(remaining: 0, resetsAt: until)
        }
    }

    /// Until when no request at all may leave, if the last second had all that it may have.
    private mutating func ceiling(at now: Duration) -> Duration? {
        // A second that ends now and not one by the clock: two of those could touch with 80.
        self.departures.removeAll { $0 + .seconds(1) <= now }
        if now < .seconds(1) {
            return self.departures.count < Self.inFirstSecond ? nil : .seconds(1)
        }
        guard self.departures.count >= Self.perSecond, let first = self.departures.first else {
            return nil
        }
        return first + .seconds(1)
    }

    private mutating func stop(at now: Duration) -> Duration? {
        if now < self.tokenDeadUntil { return self.tokenDeadUntil }
        self.refusals.removeAll { $0 + Self.refusalWindow <= now }
        guard self.refusals.count >= Self.refusalsMax, let first = self.refusals.first else {
            return nil
        }
        return first + Self.refusalWindow
    }

    private mutating func forgetStale(at now: Duration) {
        guard self.buckets.count > 1_000 else { return }
        self.buckets = self.buckets.filter { now < $0.value.resetsAt }
    }

    private func key(of route: DiscordRoute) -> BucketKey {
        BucketKey(name: self.names[route.template] ?? route.template, major: route.major)
    }
}
