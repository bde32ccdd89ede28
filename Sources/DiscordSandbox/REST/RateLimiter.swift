/// So many requests in so many milliseconds.
struct RateLimit: Equatable, Sendable {
    var requests: Int
    var milliseconds: Int64

    init(_ requests: Int, per seconds: Int64) {
        self.requests = requests
        self.milliseconds = seconds * 1000
    }

    /// The limit that `5/5` spells (requests/seconds); `0` switches it off.
    ///
    /// The outer nil is a text of another form.
    static func parse(_ text: String) -> RateLimit?? {
        if text == "0" { return .some(nil) }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let requests = Int(parts[0]), let seconds = Int64(parts[1]),
            (1...1_000_000).contains(requests), (1...86_400).contains(seconds)
        else { return nil }
        return RateLimit(requests, per: seconds)
    }
}

/// How a request stands to a bucket after it was counted.
struct RateState: Equatable, Sendable {
    let isAllowed: Bool
    let limit: Int
    let remaining: Int
    /// When the window ends, in milliseconds since 1970, and how far away that is.
    let resetAt: Int64
    let resetAfter: Int64
}

/// Counts requests in fixed windows, one a bucket, that begin with the first request.
struct RateLimiter: Sendable {
    private struct Window {
        var used: Int
        var resetAt: Int64
    }

    private var windows: [String: Window] = [:]

    /// Counts a request; one that isn't allowed uses nothing up.
    mutating func take(_ bucket: String, _ limit: RateLimit, now: Int64) -> RateState {
        var window = self.windows[bucket] ?? Window(used: 0, resetAt: 0)
        if now >= window.resetAt {
            window = Window(used: 0, resetAt: now + limit.milliseconds)
            self.forgetOld(now)
        }
        let isAllowed = window.used < limit.requests
        if isAllowed { window.used += 1 }
        self.windows[bucket] = window
        return RateState(
            isAllowed: isAllowed, limit: limit.requests,
            remaining: max(0, limit.requests - window.used), resetAt: window.resetAt,
            resetAfter: window.resetAt - now)
    }

    private mutating func forgetOld(_ now: Int64) {
        guard self.windows.count > 10_000 else { return }
        self.windows = self.windows.filter { $0.value.resetAt > now }
    }
}
