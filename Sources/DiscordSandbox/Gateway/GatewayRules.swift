import StrictJSON

/// How the gateway behaves; a test may change most of it while it runs.
struct GatewayRules: Equatable, Sendable {
    /// What a new connection hears first.
    enum Greeting: String, Sendable {
        case hello
        /// Op 7 in place of HELLO.
        case reconnect
        case none
    }

    /// The only token that is let in; nil lets any in.
    var token: String?
    var heartbeatMilliseconds: Int64 = 41_250
    /// Events that a session keeps for a RESUME.
    var bufferMax = 1000
    /// How long a session outlives its connection.
    var sessionMilliseconds: Int64 = 300_000
    /// False leaves heartbeats unanswered.
    var acknowledges = true
    /// False numbers and keeps events without sending them.
    var delivers = true
    var greeting = Greeting.hello
    /// Between two IDENTIFYs; 0 for no limit. Discord's is 5000.
    var identifyMilliseconds: Int64 = 0

    init() {}

    /// Takes over what a request's body names; false, and nothing changed, if a value is wrong.
    mutating func change(_ body: JSONValue) -> Bool {
        var changed = self
        let numbers: [(String, ClosedRange<Int64>, (Int64, inout GatewayRules) -> Void)] = [
            ("resume_events", 0...100_000, { $1.bufferMax = Int($0) }),
            ("session_seconds", 0...86_400, { $1.sessionMilliseconds = $0 * 1000 }),
            ("heartbeat_ms", 10...600_000, { $1.heartbeatMilliseconds = $0 }),
            ("identify_seconds", 0...3600, { $1.identifyMilliseconds = $0 * 1000 }),
        ]
        for (name, range, set) in numbers {
            guard let json = body[name] else { continue }
            guard let value = json.integer, range.contains(value) else { return false }
            set(value, &changed)
        }
        let switches: [(String, WritableKeyPath<GatewayRules, Bool>)] = [
            ("acknowledges", \.acknowledges), ("delivers", \.delivers),
        ]
        for (name, path) in switches {
            guard let json = body[name] else { continue }
            guard let value = json.bool else { return false }
            changed[keyPath: path] = value
        }
        if let json = body["greeting"] {
            guard let greeting = json.string.flatMap({ Greeting(rawValue: $0) }) else {
                return false
            }
            changed.greeting = greeting
        }
        self = changed
        return true
    }

    /// What a test may look at.
    var json: JSONObject {
        [
            "acknowledges": .bool(self.acknowledges), "delivers": .bool(self.delivers),
            "greeting": .string(self.greeting.rawValue),
            "resume_events": .integer(Int64(self.bufferMax)),
            "session_seconds": .integer(self.sessionMilliseconds / 1000),
            "heartbeat_ms": .integer(self.heartbeatMilliseconds),
            "identify_seconds": .integer(self.identifyMilliseconds / 1000),
        ]
    }
}

/// How many sessions a bot may still begin: Discord counts 1000 in 24 hours.
struct SessionStarts: Equatable, Sendable {
    private(set) var total = 1000
    /// What a test said was spent beside the real ones, and until when that counts.
    private var spent = 0
    private var spentUntil: Int64 = 0

    /// How many are left.
    func remaining(_ identifies: [Int64], now: Int64) -> Int {
        max(0, self.total - identifies.count - (now < self.spentUntil ? self.spent : 0))
    }

    /// In how many milliseconds there are more.
    func resetAfter(_ identifies: [Int64], now: Int64) -> Int64 {
        if now < self.spentUntil { return self.spentUntil - now }
        return identifies.first.map { $0 + 86_400_000 - now } ?? 0
    }

    /// As `GET /gateway/bot` tells it.
    func json(_ identifies: [Int64], now: Int64) -> JSONValue {
        [
            "total": .integer(Int64(self.total)),
            "remaining": .integer(Int64(self.remaining(identifies, now: now))),
            "reset_after": .integer(self.resetAfter(identifies, now: now)),
            "max_concurrency": 1,
        ]
    }

    /// Takes over what a test says; false if a value is wrong.
    mutating func change(_ body: JSONValue, _ identifies: [Int64], now: Int64) -> Bool {
        let total = body["total"]?.integer ?? Int64(self.total)
        let remaining = body["remaining"]?.integer ?? total
        let reset = body["reset_after_ms"]?.integer ?? 86_400_000
        guard (1...100_000).contains(total), (0...total).contains(remaining),
            (0...86_400_000).contains(reset)
        else { return false }
        self.total = Int(total)
        self.spent = Int(total - remaining) - identifies.count
        self.spentUntil = now + reset
        return true
    }
}
