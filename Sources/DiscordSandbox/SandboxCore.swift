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
        /// For a thread's name; Discord hides it from the headers.
        var renameLimit: RateLimit? = RateLimit(2, per: 600)
    }

    /// How the shell answers a REST call.
    struct Reply: Sendable {
        var answer: RESTAnswer
        /// False: close the connection instead of answering.
        var isAnswered = true
        /// How long the answer waits.
        var delayMilliseconds: Int64 = 0
    }

    private(set) var rules: Rules
    private(set) var world: SandboxWorld
    private(set) var hall: GatewayHall
    private var limiter = RateLimiter()
    private(set) var faults = FaultPlan()
    private(set) var requests: [RESTRoute: Int] = [:]
    /// How many requests a limit refused.
    private(set) var refusals = 0

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
        guard call.route.isPublic || self.isKnown(call.caller) else {
            return Reply(answer: RESTAnswer(.unauthorized))
        }
        let limited = self.limited(call, now: now)
        if let refusal = limited.refusal {
            self.refusals += 1
            return Reply(answer: refusal)
        }
        let fault = self.faults.next(for: call)
        var answer: RESTAnswer
        if let fault, !fault.isAfterEffect, fault.status != 200 {
            answer = fault.answer
        } else {
            answer = self.perform(call, now: now)
            if let fault, fault.status != 200 { answer = fault.answer }
        }
        if let state = limited.state, !answer.isForeign {
            answer.add(state, bucket: call.route.bucket)
        }
        answer.headers += fault?.headers ?? []
        answer.cut = fault?.cut
        return Reply(
            answer: answer, isAnswered: fault?.status != 0,
            delayMilliseconds: fault?.delayMilliseconds ?? 0)
    }

    private func isKnown(_ caller: Caller?) -> Bool {
        switch caller {
        case .bot: !self.world.application.isRevoked
        case .human: true
        case nil: false
        }
    }

    private mutating func perform(_ call: RESTCall, now: Int64) -> RESTAnswer {
        var responder = RESTResponder(call: call, caller: call.caller ?? .bot, now: now)
        responder.starts = self.hall.starts
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
            if !state.isAllowed { return (RESTAnswer(tooEarly: state, scope: .global), nil) }
        }
        let route = call.route
        let limit = route == .createMessage ? self.rules.messageLimit : route.usualLimit
        guard let limit else { return (nil, nil) }
        let state = self.limiter.take(
            "\(route.rawValue) \(call.majorParameter)", limit, now: now)
        var refusal = state.isAllowed ? nil : RESTAnswer(tooEarly: state, scope: .user)
        if refusal == nil, route == .updateChannel, call.body?["name"] != nil,
            let limit = self.rules.renameLimit
        {
            // The headers go on telling of the other bucket: it looks as if something were left.
            let renames = self.limiter.take("rename \(call.majorParameter)", limit, now: now)
            if !renames.isAllowed { refusal = RESTAnswer(tooEarly: renames, scope: .user) }
        }
        refusal?.add(state, bucket: route.bucket)
        return (refusal, state)
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

    /// Changes how the gateway behaves; false, and nothing changed, if a value is wrong.
    mutating func changeGateway(_ body: JSONValue, now: Int64) -> Bool {
        self.hall.change(body, identifies: self.world.identifies(now: now), now: now)
    }

    /// Lets the gateway behave as in the beginning.
    mutating func resetGateway() {
        self.hall.resetRules()
    }

    /// Does something to every connection of the gateway.
    mutating func perform(_ action: GatewayAction) -> [AddressedCommand] {
        self.hall.perform(action)
    }

    /// Turns the application's switches; answers whom the gateway closes for it.
    mutating func save(
        _ application: ApplicationState, closes: Bool
    ) -> [AddressedCommand] {
        self.world.save(application)
        return closes || application.isRevoked ? self.hall.enforce(application) : []
    }

    /// Sets other limits.
    mutating func set(_ rules: Rules) {
        self.rules = rules
    }

    mutating func add(_ fault: Fault) {
        self.faults.add(fault)
    }

    mutating func clearFaults() {
        self.faults.clear()
    }
}
