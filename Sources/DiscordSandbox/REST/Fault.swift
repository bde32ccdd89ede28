import StrictJSON

/// A fault that a test asked for.
struct Fault: Equatable, Sendable {
    /// Who is refused by a rate limit.
    enum Scope: String, Sendable {
        case user
        /// Everybody's requests to that resource.
        case shared
        /// All requests of the bot.
        case global
    }

    /// Which route: `POST /channels/{channel}/messages`; `*` stands for any method, and at the end
    /// for any rest of the path; alone for every route.
    var route: String
    /// The answer's status; 0 drops the connection without an answer, 200 leaves the answer as it is.
    var status: Int
    /// How many requests it still meets.
    var count: Int
    /// How many it lets pass before.
    var skip: Int
    /// Whether the request takes effect before its answer is lost.
    var isAfterEffect: Bool
    /// How long the answer waits.
    var delayMilliseconds: Int64
    /// Whose requests: `bot`, `operator`, or nil for everybody's.
    var caller: String?
    /// Requests to this channel only.
    var channel: String?
    /// What is answered in place of Discord's sentence; a text is sent as HTML.
    var body: JSONValue?
    /// So many bytes of the answer's body are sent, and no more.
    var cut: Int?
    /// For 429: after how many seconds the client may try again, 0…86400.
    var retryAfter: Double
    var scope: Scope
    /// Added to the answer.
    var headers: [[String]]

    /// Reads a request's body.
    init?(_ body: JSONValue) {
        guard let route = body["route"]?.string else { return nil }
        self.route = route
        self.status = Int(clamping: body["status"]?.integer ?? 500)
        self.count = Int(clamping: body["count"]?.integer ?? 1)
        self.skip = Int(clamping: body["skip"]?.integer ?? 0)
        self.isAfterEffect = body["after_effect"]?.bool ?? false
        self.delayMilliseconds = min(max(body["delay_ms"]?.integer ?? 0, 0), 600_000)
        self.caller = body["caller"]?.string == "any" ? nil : body["caller"]?.string
        self.channel = body["channel"]?.string
        self.body = body["body"]
        self.cut = body["cut"]?.integer.map { Int(clamping: $0) }
        self.retryAfter = min(max(body["retry_after"]?.number ?? 1, 0), 86_400)
        let isGlobal = body["global"]?.bool ?? false
        let scope = Scope(rawValue: body["scope"]?.string ?? (isGlobal ? "global" : "user"))
        self.headers = (body["headers"]?.object?.members ?? []).compactMap { name, value in
            value.string.map { [name, $0] }
        }
        let callers: [String?] = [nil, "bot", "operator"]
        guard let scope, self.status == 0 || (200...599).contains(self.status), self.count > 0,
            self.skip >= 0, self.cut ?? 0 >= 0, callers.contains(self.caller)
        else { return nil }
        self.scope = scope
    }

    /// Whether it is for this request.
    func meets(_ call: RESTCall) -> Bool {
        let caller = call.caller == .bot ? "bot" : "operator"
        return self.isFor(call.route.rawValue) && (self.caller ?? caller) == caller
            && (self.channel == nil || self.channel == call.parameters["channel"])
    }

    private func isFor(_ name: String) -> Bool {
        if self.route == "*" || self.route == name { return true }
        let (pattern, asked) = (self.route.split(separator: " "), name.split(separator: " "))
        guard pattern.count == 2, asked.count == 2, pattern[0] == "*" || pattern[0] == asked[0]
        else { return false }
        return pattern[1].hasSuffix("*")
            ? asked[1].hasPrefix(pattern[1].dropLast()) : pattern[1] == asked[1]
    }

    /// What is answered in place of the real answer.
    var answer: RESTAnswer {
        guard self.status != 429 || self.body != nil else {
            return RESTAnswer(retryAfter: self.retryAfter, scope: self.scope)
        }
        let sentence = JSONValue.string("\(self.status): sandbox fault")
        return RESTAnswer(self.status, self.body ?? ["message": sentence, "code": 0])
    }

    var json: JSONValue {
        var object: JSONObject = [
            "route": .string(self.route), "status": .integer(Int64(self.status)),
            "count": .integer(Int64(self.count)), "skip": .integer(Int64(self.skip)),
            "after_effect": .bool(self.isAfterEffect),
            "delay_ms": .integer(self.delayMilliseconds),
        ]
        object["caller"] = self.caller.map { .string($0) }
        object["channel"] = self.channel.map { .string($0) }
        object["cut"] = self.cut.map { .integer(Int64($0)) }
        return .object(object)
    }
}
