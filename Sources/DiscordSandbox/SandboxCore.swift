import StrictJSON

/// All that the sandbox decides, in one value: world, gateway, limits and faults. Pure; the hub
/// feeds it and carries out what it answers.
struct SandboxCore: Sendable {
    /// What a sandbox is set to.
    struct Rules: Sendable {
        var gateway = GatewayHall.Rules()
        /// For sending messages, one bucket a post; nil switches it off.
        var messageLimit: RateLimit? = RESTRoute.createMessage.usualLimit
        /// For all of a bot's requests together.
        var globalLimit: RateLimit? = RateLimit(50, per: 1)
    }

    /// How the shell answers a REST call.
    struct Reply: Sendable {
        var answer: RESTAnswer
        /// False: close the connection instead of answering.
        var isAnswered = true
        /// How long the answer waits.
        var delayMilliseconds: Int64 = 0
    }

    let rules: Rules
    private(set) var world: SandboxWorld
    private(set) var hall: GatewayHall
    private var limiter = RateLimiter()
    private(set) var faults = FaultPlan()
    private var requests: [RESTRoute: Int] = [:]
    private var refusals = 0

    init(rules: Rules, world: SandboxWorld) {
        self.rules = rules
        self.world = world
        self.hall = GatewayHall(rules: rules.gateway)
    }

    /// What is to be written and sent since the last call.
    mutating func takeEffects(now: Int64) -> (changes: [WorldChange], sends: [AddressedCommand]) {
        let outbox = self.world.takeOutbox()
        let sends = self.hall.dispatch(outbox.events, world: self.world, now: now)
        return (outbox.changes, sends)
    }

    // MARK: REST

    /// Carries out a call, unless a limit or a fault is in its way.
    mutating func handle(_ call: RESTCall, now: Int64) -> Reply {
        self.requests[call.route, default: 0] += 1
        guard call.caller != nil || call.route.isPublic else {
            return Reply(answer: RESTAnswer(.unauthorized))
        }
        let limited = self.limited(call, now: now)
        if let refusal = limited.refusal {
            self.refusals += 1
            return Reply(answer: refusal)
        }
        let fault = self.faults.next(for: call.route.rawValue)
        var answer: RESTAnswer
        if let fault, !fault.isAfterEffect, fault.status != 200 {
            answer = Self.answer(of: fault)
        } else {
            answer = self.perform(call, now: now)
            if let fault, fault.status != 200 { answer = Self.answer(of: fault) }
        }
        if let state = limited.state { answer.add(state, bucket: call.route.bucket) }
        return Reply(
            answer: answer, isAnswered: fault?.status != 0,
            delayMilliseconds: fault?.delayMilliseconds ?? 0)
    }

    private mutating func perform(_ call: RESTCall, now: Int64) -> RESTAnswer {
        let responder = RESTResponder(call: call, caller: call.caller ?? .bot, now: now)
        do {
            return try responder.answer(&self.world)
        } catch {
            return RESTAnswer(error)
        }
    }

    private mutating func limited(
        _ call: RESTCall, now: Int64
    ) -> (refusal: RESTAnswer?, state: RateState?) {
        // Operators are people: they don't type that fast.
        guard call.caller == .bot else { return (nil, nil) }
        if let limit = self.rules.globalLimit {
            let state = self.limiter.take("global", limit, now: now)
            guard state.isAllowed else {
                let seconds = Double(state.resetAfter) / 1000
                return (RESTAnswer(retryAfter: seconds, isGlobal: true), nil)
            }
        }
        let route = call.route
        let limit = route == .createMessage ? self.rules.messageLimit : route.usualLimit
        guard let limit else { return (nil, nil) }
        let state = self.limiter.take(
            "\(route.rawValue) \(call.majorParameter)", limit, now: now)
        guard state.isAllowed else {
            let seconds = Double(state.resetAfter) / 1000
            var answer = RESTAnswer(retryAfter: seconds, isGlobal: false)
            answer.add(state, bucket: route.bucket)
            return (answer, nil)
        }
        return (nil, state)
    }

    private static func answer(of fault: Fault) -> RESTAnswer {
        if fault.status == 429 {
            return RESTAnswer(retryAfter: fault.retryAfter, isGlobal: fault.isGlobal)
        }
        return RESTAnswer(
            fault.status, ["message": .string("\(fault.status): sandbox fault"), "code": 0])
    }

    // MARK: Gateway

    mutating func opened(
        _ id: ConnectionID, host: String, version: String?
    ) -> [AddressedCommand] {
        self.hall.opened(id, host: host, version: version)
    }

    mutating func received(
        _ bytes: [UInt8], from id: ConnectionID, freshID: String, now: Int64
    ) -> [AddressedCommand] {
        self.hall.received(bytes, from: id, freshID: freshID, world: &self.world, now: now)
    }

    mutating func closed(_ id: ConnectionID, code: UInt16?, now: Int64) {
        self.hall.closed(id, code: code, now: now)
    }

    // MARK: For tests

    /// Changes the world as nobody in it could.
    mutating func change<Result>(_ body: (inout SandboxWorld) -> Result) -> Result {
        body(&self.world)
    }

    mutating func add(_ fault: Fault) {
        self.faults.add(fault)
    }

    mutating func clearFaults() {
        self.faults.clear()
    }

    mutating func forgetSessions() {
        self.hall.forgetSessions()
    }

    /// Who types now, and where.
    func typing(now: Int64) -> JSONValue {
        let current = self.world.typing.filter {
            $0.milliseconds > now - SandboxWorld.typingMilliseconds
        }
        return .array(
            current.map { typing in
                let user = self.world.users[typing.user]
                return [
                    "channel": typing.channel.json, "user": typing.user.json,
                    "name": .string(user?.name ?? ""), "bot": .bool(user?.isBot ?? false),
                    "at": .integer(typing.milliseconds),
                ]
            })
    }

    /// What a test wants to know.
    func state(now: Int64) -> JSONValue {
        let requests = self.requests.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { ($0.key.rawValue, JSONValue.integer(Int64($0.value))) }
        let messages = self.world.threads.values.reduce(0) { $0 + $1.messages.count }
        let sessions = self.hall.sessions.values.sorted { $0.id < $1.id }.map { session in
            JSONValue.object([
                "id": .string(session.id), "sequence": .integer(session.sequence),
                "connected": .bool(session.connection != nil),
                "intents": .integer(session.intents.rawValue),
            ])
        }
        return [
            "guild": Fixture.guild.json, "forum": Fixture.forum.json, "text": Fixture.text.json,
            "bot": Fixture.bot.json, "typing": self.typing(now: now),
            "revision": .integer(Int64(self.world.revision)),
            "threads": .integer(Int64(self.world.threads.count)),
            "messages": .integer(Int64(messages)),
            "identifies": .integer(Int64(self.world.identifies.count)),
            "resumes": .integer(Int64(self.hall.resumes.accepted)),
            "resumes_refused": .integer(Int64(self.hall.resumes.refused)),
            "connections": .integer(Int64(self.hall.connectionCount)),
            "sessions": .array(sessions), "rate_limited": .integer(Int64(self.refusals)),
            "requests": .object(JSONObject(requests)),
            "faults": .array(self.faults.faults.map(\.json)),
        ]
    }
}
