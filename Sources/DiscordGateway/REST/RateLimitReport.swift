/// What an answer says about rate limits, from its headers and, for a 429, its body.
struct RateLimitReport: Equatable, Sendable {
    /// Discord's opaque name of the limit.
    var bucket: String?
    /// Requests that are left until the reset.
    var remaining: Int?
    /// Until the limit is fresh again. Taken instead of the absolute time, because clocks differ.
    var resetAfter: Duration?
    /// For a 429: how long to wait.
    var retryAfter: Duration?
    /// For a 429: whether it is for all requests of the bot.
    var isGlobal = false
    /// For a 429: the limit is shared with others, and doesn't count against us.
    var isShared = false

    /// Nothing said.
    init() {}

    /// Reads the headers; what isn't a sensible number counts as absent.
    init(header: (String) -> String?) {
        self.bucket = header("x-ratelimit-bucket")
        self.remaining = header("x-ratelimit-remaining").flatMap { Int($0) }
        self.resetAfter = header("x-ratelimit-reset-after").flatMap(Self.seconds)
        self.retryAfter = header("retry-after").flatMap(Self.seconds)
        self.isGlobal = header("x-ratelimit-global") == "true"
        self.isShared = header("x-ratelimit-scope") == "shared"
    }

    private static func seconds(_ text: String) -> Duration? {
        Double(text).flatMap { self.duration(seconds: $0) }
    }

    /// Seconds of at most a day: an absurd number must not stop us for ever.
    static func duration(seconds: Double) -> Duration? {
        guard seconds.isFinite, seconds >= 0 else { return nil }
        return .seconds(min(seconds, 86_400))
    }
}
