import StrictJSON

/// The life of a session on Discord's Gateway, over as many connections as it takes.
///
/// It holds no socket and no clock: the shell tells it what arrives and does what it answers.
struct GatewaySession: Sendable {
    /// How to connect.
    enum Approach: Equatable, Sendable {
        /// Continue at this address.
        case resume(url: String)
        /// Continue, but ask Discord for an address: the session's own doesn't answer.
        case resumeElsewhere
        /// Ask Discord for an address and start anew.
        case identify
    }

    /// What to do about a payload, in order.
    enum Action: Equatable, Sendable {
        /// Send this.
        case send(GatewayCommand)
        /// Begin to send heartbeats: the first after a while, then at even distances.
        case beat(first: Duration, interval: Duration)
        /// Pass this on.
        case dispatch(GatewayDispatch)
        /// The session stands: a new one (what was missed is told by nobody), or the one before.
        case ready(resumed: Bool)
        /// Drop the connection, without a close frame, and begin again.
        case drop
    }

    private enum Phase: Equatable {
        case closed
        case awaitingHello
        case awaitingReady(resuming: Bool)
        case ready
    }

    private var phase = Phase.closed
    private var resumption: GatewayResumption?
    private var awaitsAcknowledgement = false
    private var receivedSequence: Int64?
    private var backoff = GatewayBackoff()
    private var verdict: GatewayClosure?
    private var unreached = 0
    /// Which session this is, counted in this process; numbers of different ones don't compare.
    private(set) var generation = 0

    /// A session that continues what an earlier process kept, if anything.
    init(resumption: GatewayResumption?) {
        self.resumption = resumption
        self.receivedSequence = resumption?.sequence
    }

    /// How to connect now.
    var approach: Approach {
        guard let resumption = self.resumption else { return .identify }
        return self.unreached < 3 ? .resume(url: resumption.url) : .resumeElsewhere
    }

    /// What it takes to continue at what was received last; `nil` before a session stands.
    var current: GatewayResumption? { self.resumption }

    /// The connection stands.
    mutating func opened() {
        self.unreached = 0
        self.phase = .awaitingHello
        self.awaitsAcknowledgement = false
        self.verdict = nil
    }

    /// Discord said something. `jitter` (0–1) is the part of an interval before the first heartbeat.
    mutating func received(_ payload: GatewayPayload, jitter: Double) -> [Action] {
        guard self.phase != .closed else { return [] }
        switch payload {
        case .hello(let interval): return self.hello(interval, jitter)
        case .heartbeat: return [.send(.heartbeat(sequence: self.receivedSequence))]
        case .acknowledged:
            self.awaitsAcknowledgement = false
            return []
        case .reconnect: return self.drop(.resume)
        case .invalidSession(let resumable): return self.drop(resumable ? .resume : .identify)
        case .dispatch(let sequence, let event, let data):
            return self.dispatched(sequence, event, data)
        case .other: return []
        }
    }

    /// A heartbeat is due. Without an answer to the one before the connection is dead, though TCP
    /// doesn't know yet.
    mutating func heartbeatDue() -> Action {
        guard !self.awaitsAcknowledgement else { return .drop }
        self.awaitsAcknowledgement = true
        return .send(.heartbeat(sequence: self.receivedSequence))
    }

    /// Nothing that leads to a session came in time.
    mutating func timedOut() -> Bool {
        switch self.phase {
        case .awaitingHello: return true
        case .awaitingReady(let resuming):
            // A resumption without an answer is given up: a new session is certain to be told of.
            self.verdict = resuming ? .identify : .resume
            return true
        case .closed, .ready: return false
        }
    }

    /// The connection ended: what now, and after which wait.
    mutating func closed(
        code: UInt16?, jitter: Double
    ) -> (closure: GatewayClosure, wait: Duration) {
        if self.phase == .closed { self.unreached += 1 }
        let closure = self.verdict ?? GatewayClosure(code: code)
        let wasInvalidated = self.verdict == .identify
        self.phase = .closed
        self.verdict = nil
        if closure != .resume {
            self.resumption = nil
            self.receivedSequence = nil
        }
        var wait = self.backoff.next(jitter: jitter)
        // Discord asks for 1–5 s before a session that it refused is started anew.
        if wasInvalidated { wait = max(wait, .seconds(1) + .seconds(4) * jitter) }
        // "Sending too fast": a pause before we say anything again.
        if code == 4008 { wait = max(wait, .seconds(5)) }
        return (closure, wait)
    }

    private mutating func hello(_ interval: Duration, _ jitter: Double) -> [Action] {
        guard self.phase == .awaitingHello else { return [] }
        let beat = Action.beat(first: interval * min(max(jitter, 0), 1), interval: interval)
        self.phase = .awaitingReady(resuming: self.resumption != nil)
        return [beat, .send(self.resumption.map { .resume($0) } ?? .identify)]
    }

    private mutating func dispatched(
        _ sequence: Int64, _ event: String, _ data: JSONValue
    ) -> [Action] {
        switch event {
        case "READY":
            guard let id = data["session_id"]?.string,
                let url = data["resume_gateway_url"]?.string
            else { return self.drop(.identify) }
            self.generation += 1
            self.resumption = GatewayResumption(session: id, url: url, sequence: sequence)
            self.receivedSequence = sequence
            return self.becomeReady(resumed: false, sequence, event, data)
        case "RESUMED":
            self.note(sequence)
            return self.becomeReady(resumed: true, sequence, event, data)
        default:
            self.note(sequence)
            return [.dispatch(self.dispatch(sequence, event, data))]
        }
    }

    private mutating func becomeReady(
        resumed: Bool, _ sequence: Int64, _ event: String, _ data: JSONValue
    ) -> [Action] {
        self.phase = .ready
        self.backoff.succeeded()
        return [.dispatch(self.dispatch(sequence, event, data)), .ready(resumed: resumed)]
    }

    /// Numbers never go back, whatever order things are told in.
    private mutating func note(_ sequence: Int64) {
        let newest = max(sequence, self.receivedSequence ?? sequence)
        self.receivedSequence = newest
        self.resumption?.sequence = newest
    }

    private func dispatch(
        _ sequence: Int64, _ event: String, _ data: JSONValue
    ) -> GatewayDispatch {
        GatewayDispatch(
            number: DispatchNumber(generation: self.generation, sequence: sequence), event: event,
            data: data)
    }

    private mutating func drop(_ verdict: GatewayClosure) -> [Action] {
        self.verdict = verdict
        return [.drop]
    }
}

/// Something that happened in Discord.
struct GatewayDispatch: Equatable, Sendable {
    /// Its number.
    var number: DispatchNumber
    /// What kind it is, such as `MESSAGE_CREATE`.
    var event: String
    /// What it says.
    var data: JSONValue
}

/// A dispatch's number in its session.
struct DispatchNumber: Hashable, Sendable {
    /// The session, counted in this process.
    var generation: Int
    /// The number that Discord gave.
    var sequence: Int64
}
