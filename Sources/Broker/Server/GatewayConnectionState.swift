import Protocol

/// A gateway connection's life as the broker sees it: hello, then requests, then the end.
///
/// Pure: bodies of frames go in, and what to do comes out.
struct GatewayConnectionState {
    private enum State {
        case awaitingHello
        /// Hello is with the core; nothing more is read until it answers.
        case awaitingWelcome
        case active(Session)
        case closed
    }
    private var state = State.awaitingHello
    private var unanswered = 0
    /// Whether one of both sides said goodbye, so that the end is none that a crash makes.
    private(set) var hasEndedInOrder = false

    /// What to do with a frame.
    enum FrameAction {
        case hello(Hello)
        case submit(Input)
        case reply([UInt8])
        case end(Goodbye)
        case ignore
    }

    /// Whether the next frame may be read now.
    var readsFrames: Bool {
        switch self.state {
        case .awaitingHello, .active: true
        case .awaitingWelcome, .closed: false
        }
    }

    /// Whether the handshake is done.
    var isActive: Bool {
        if case .active = self.state { true } else { false }
    }

    /// A frame came.
    mutating func received(_ envelope: Result<Envelope, EnvelopeError>) -> FrameAction {
        switch (envelope, self.state) {
        case (_, .closed), (_, .awaitingWelcome): return .ignore
        case (.failure(let error), _):
            return self.end(Goodbye(error.code, error.description))
        case (.success(let envelope), .awaitingHello): return self.receivedFirst(envelope)
        case (.success(let envelope), .active(let session)):
            return self.received(envelope, session)
        }
    }

    private mutating func receivedFirst(_ envelope: Envelope) -> FrameAction {
        guard envelope.type == Hello.type else {
            return self.end(
                Goodbye(.helloRequired, "The first frame must be \"hello\"."))
        }
        do {
            let hello = try Hello(envelope.fields)
            self.state = .awaitingWelcome
            return .hello(hello)
        } catch {
            return self.end(Goodbye(.helloInvalid, error.description))
        }
    }

    private mutating func received(_ envelope: Envelope, _ session: Session) -> FrameAction {
        switch envelope.type {
        case Ping.type: return .reply(Pong().encoded())
        case Pong.type: return .ignore
        case Goodbye.type:
            self.ended(inOrder: true)
            return .ignore
        case Hello.type:
            return self.end(Goodbye(.helloRepeated, "This connection said hello already."))
        case Credit.type:
            do {
                return .submit(.credit(session, try Credit(envelope.fields)))
            } catch {
                return self.end(Goodbye(.fieldInvalid, error.description))
            }
        case Signal.type:
            do {
                return .submit(.signal(session, try Signal(envelope.fields)))
            } catch {
                return self.end(Goodbye(.fieldInvalid, error.description))
            }
        default: return self.receivedRequest(envelope, session)
        }
    }

    private mutating func receivedRequest(
        _ envelope: Envelope, _ session: Session
    ) -> FrameAction {
        guard let number = envelope.request else {
            // Something newer than this broker that needs no answer, or a request without number.
            return .ignore
        }
        do {
            guard let request = try GatewayRequest(envelope) else {
                return .reply(
                    Refused(
                        .unknownType,
                        "This broker knows no request of that type; see docs/protocol.md."
                    ).encoded(request: number))
            }
            guard self.unanswered < Limits.unansweredRequests else {
                return .reply(
                    Refused(
                        .overloaded, retry: true,
                        "\(Limits.unansweredRequests) requests are unanswered already."
                    ).encoded(request: number))
            }
            if let refusal = request.refusal(in: session.mode) {
                return .reply(refusal.encoded(request: number))
            }
            self.unanswered += 1
            return .submit(.request(session, number: number, request))
        } catch {
            return .reply(Refused(error).encoded(request: number))
        }
    }

    private mutating func end(_ goodbye: Goodbye) -> FrameAction {
        self.ended(inOrder: true)
        return .end(goodbye)
    }

    /// The core takes the connection in.
    mutating func welcomed(_ session: Session) {
        guard case .awaitingWelcome = self.state else { return }
        self.state = .active(session)
    }

    /// So many answers were written.
    mutating func answered(_ count: Int) {
        self.unanswered = max(0, self.unanswered - count)
    }

    /// The connection ends.
    ///
    /// - Parameter inOrder: whether one of both sides said why, and not because the other fell
    ///   silent.
    mutating func ended(inOrder: Bool) {
        if case .closed = self.state { return }
        self.hasEndedInOrder = inOrder
        self.state = .closed
    }
}
