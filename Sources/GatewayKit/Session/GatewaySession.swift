import Protocol
import StrictJSON

/// One connection's life as a gateway sees it: hello, active, closed.
///
/// It holds no socket and reads no clock: bodies of frames and the time go in, and what to do comes
/// out.
struct GatewaySession: Equatable, Sendable {
    /// Where the connection stands.
    enum State: Equatable, Sendable {
        /// `hello` is sent.
        case greeting
        /// `welcome` came.
        case active(Welcome)
        /// It is over.
        case closed(Ending)
    }

    /// Why a connection ended.
    enum Ending: Equatable, Sendable {
        /// It broke, or there was none to be had.
        case lost
        /// The broker was silent for too long.
        case silent
        /// The broker said so.
        case goodbye(Goodbye)
        /// The broker broke the protocol.
        case broken(String)
    }

    /// What a frame asks for.
    enum Action: Equatable, Sendable {
        case welcome(Welcome)
        case answer(Int64, Answer)
        case push(BrokerPush)
        case close
        case ignore
    }

    /// A frame that answers a request.
    struct Answer: Sendable, Equatable {
        /// The kind of the answer.
        var type: String
        /// Its members.
        var fields: Fields

        static func == (left: Answer, right: Answer) -> Bool { left.type == right.type }
    }

    /// What the passing of time asks for.
    enum Tick: Equatable, Sendable {
        case ping
        case close
        case nothing
    }

    private(set) var state = State.greeting
    /// When the last question was sent that the broker answered: `hello` or a ping. An answer tells
    /// of the broker as it was when asked; the moment it arrives can be much later.
    private(set) var answeredAt: ContinuousClock.Instant?
    private var askedAt: [ContinuousClock.Instant]
    private var heardAt: ContinuousClock.Instant
    /// Without a frame for so long, the connection is given up.
    private var silence: Duration

    /// A connection whose `hello` is being sent.
    init(openedAt now: ContinuousClock.Instant, silence: Duration) {
        self.askedAt = [now]
        self.heardAt = now
        self.silence = silence
    }

    /// The broker's welcome, while the connection is active.
    var welcome: Welcome? {
        if case .active(let welcome) = self.state { welcome } else { nil }
    }

    /// A frame arrived.
    mutating func received(_ body: Envelope, at now: ContinuousClock.Instant) -> Action {
        self.heardAt = now
        switch (self.state, body.type) {
        case (.closed, _): return .ignore
        case (_, Goodbye.type): return self.ended(by: body)
        case (.greeting, Welcome.type): return self.welcomed(by: body)
        case (.greeting, _): return self.broke("\"\(body.type.prefix(64))\" before \"welcome\"")
        case (.active, Pong.type):
            self.questionAnswered()
            return .ignore
        case (.active, Welcome.type): return self.broke("a second \"welcome\"")
        case (.active, _): return self.dispatch(body)
        }
    }

    /// A frame arrived that can't be read.
    mutating func receivedUnreadable(_ reason: String) -> Action {
        if case .closed = self.state { return .ignore }
        return self.broke(reason)
    }

    /// Time passed: once a heartbeat.
    mutating func ticked(at now: ContinuousClock.Instant) -> Tick {
        if case .closed = self.state { return .nothing }
        guard now - self.heardAt < self.silence else {
            self.state = .closed(.silent)
            return .close
        }
        guard case .active = self.state else { return .nothing }
        self.askedAt.append(now)
        return .ping
    }

    /// The stream ended. The first reason stands.
    mutating func disconnected() -> Ending {
        if case .closed(let ending) = self.state { return ending }
        self.state = .closed(.lost)
        return .lost
    }

    private mutating func welcomed(by body: Envelope) -> Action {
        do {
            let welcome = try Welcome(body.fields)
            self.state = .active(welcome)
            self.silence = min(self.silence, welcome.heartbeat * 3)
            self.questionAnswered()
            return .welcome(welcome)
        } catch {
            return self.broke("\"welcome\": \(error)")
        }
    }

    private mutating func ended(by body: Envelope) -> Action {
        do {
            self.state = .closed(.goodbye(try Goodbye(body.fields)))
        } catch {
            self.state = .closed(.broken("\"goodbye\": \(error)"))
        }
        return .close
    }

    private mutating func dispatch(_ body: Envelope) -> Action {
        if let request = body.request {
            return .answer(request, Answer(type: body.type, fields: body.fields))
        }
        do {
            guard let push = try BrokerPush(body) else { return .ignore }
            return .push(push)
        } catch {
            return self.broke("\"\(body.type.prefix(64))\": \(error)")
        }
    }

    private mutating func questionAnswered() {
        guard !self.askedAt.isEmpty else { return }
        self.answeredAt = self.askedAt.removeFirst()
    }

    private mutating func broke(_ reason: String) -> Action {
        self.state = .closed(.broken(reason))
        return .close
    }
}

extension Welcome {
    /// The time between two pings that the broker asks for.
    var heartbeat: Duration { .milliseconds(self.heartbeatMilliseconds) }
}
