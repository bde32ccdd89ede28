import StrictJSON

/// Who asks.
enum Caller: Equatable, Sendable {
    case bot
    /// A person, played over the same paths.
    case human(name: String)

    /// Names are at most so many characters, as Discord's.
    static let nameMax = 32

    /// Reads an `Authorization` field; nil for a wrong one.
    init?(authorization: String?, token: String?) {
        guard let authorization,
            let space = authorization.firstIndex(of: " ")
        else { return nil }
        let value = String(authorization[authorization.index(after: space)...]).trimmed
        switch authorization[..<space] {
        case "Bot":
            guard !value.isEmpty, token == nil || token == value else { return nil }
            self = .bot
        case "Operator":
            let name = (value.percentDecoded ?? value).trimmed
            guard !name.isEmpty, name.count <= Self.nameMax,
                !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
            else { return nil }
            self = .human(name: name)
        default: return nil
        }
    }
}

/// A request of the REST API, taken apart.
struct RESTCall: Sendable {
    var route: RESTRoute
    /// Nil if nobody says so rightly.
    var caller: Caller?
    /// The path's parameters by name, as they were written.
    var parameters: [String: String] = [:]
    var query: [String: String] = [:]
    /// Nil if there is none, or if it isn't JSON.
    var body: JSONValue?
    /// What the client called us: the host of the gateway's URL.
    var host = "127.0.0.1"

    /// The parameter that shares out a route's limit: each post has its own.
    var majorParameter: String {
        self.parameters["channel"] ?? self.parameters["guild"] ?? ""
    }

    /// A path's parameter that is an id.
    func id(_ name: String) throws(DiscordError) -> Snowflake {
        let text = self.parameters[name] ?? ""
        if name == "user", text == "@me" { return Fixture.bot }
        if let id = Snowflake(text: text) { return id }
        var errors = FormErrors()
        errors.add(
            ["\(name)_id"], code: "NUMBER_TYPE_COERCE", "Value \"\(text)\" is not snowflake.")
        try errors.check()
        return Snowflake(0)
    }
}

/// What a request is answered.
struct RESTAnswer: Equatable, Sendable {
    var status: Int
    var body: JSONValue?
    /// Names and values, in order.
    var headers: [[String]] = []

    init(_ status: Int = 200, _ body: JSONValue?) {
        self.status = status
        self.body = body
    }

    init(_ error: DiscordError) {
        self.init(error.status, error.json)
    }

    /// The answer to a request that came too early.
    init(retryAfter seconds: Double, isGlobal: Bool) {
        self.init(
            429,
            [
                "message": "You are being rate limited.", "retry_after": .number(seconds),
                "global": .bool(isGlobal), "code": 0,
            ])
        self.headers = [
            ["Retry-After", String(Int64(seconds.rounded(.up)))],
            ["X-RateLimit-Scope", isGlobal ? "global" : "user"],
        ]
        if isGlobal { self.headers.append(["X-RateLimit-Global", "true"]) }
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

extension String {
    /// With `%C3%A9` and the like turned into bytes; nil if that is no UTF-8 or no escape.
    fileprivate var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = Substring(self).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let text = String(digits), let value = UInt8(text, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
