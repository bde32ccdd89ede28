import StrictJSON

/// What a request is answered.
struct RESTAnswer: Equatable, Sendable {
    var status: Int
    var body: JSONValue?
    /// Names and values, in order.
    var headers: [[String]] = []
    /// So many bytes of the body are sent; nil for all.
    var cut: Int?

    /// Whether it isn't Discord's own but the page of a proxy before it: text, not JSON.
    var isForeign: Bool { self.body?.string != nil }

    init(_ status: Int = 200, _ body: JSONValue?) {
        self.status = status
        self.body = body
    }

    init(_ error: DiscordError) {
        self.init(error.status, error.json)
    }

    /// The answer to a request that came too early.
    init(retryAfter seconds: Double, scope: Fault.Scope) {
        let isGlobal = scope == .global
        self.init(
            429,
            [
                "message": "You are being rate limited.", "retry_after": .number(seconds),
                "global": .bool(isGlobal), "code": 0,
            ])
        self.headers = [
            ["Retry-After", String(Int64(seconds.rounded(.up)))],
            ["X-RateLimit-Scope", scope.rawValue],
        ]
        if isGlobal { self.headers.append(["X-RateLimit-Global", "true"]) }
    }

    /// The answer to a request beyond a limit.
    init(tooEarly state: RateState, scope: Fault.Scope) {
        self.init(retryAfter: Double(state.resetAfter) / 1000, scope: scope)
    }

    /// Adds what a bucket's headers say.
    mutating func add(_ state: RateState, bucket: String) {
        self.headers += [
            ["X-RateLimit-Limit", String(state.limit)],
            ["X-RateLimit-Remaining", String(state.remaining)],
            ["X-RateLimit-Reset", Self.seconds(state.resetAt)],
            ["X-RateLimit-Reset-After", Self.seconds(state.resetAfter)],
            ["X-RateLimit-Bucket", bucket],
        ]
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        let fraction = String(milliseconds % 1000)
        let zeros = String(repeating: "0", count: 3 - fraction.count)
        return "\(milliseconds / 1000).\(zeros)\(fraction)"
    }
}
