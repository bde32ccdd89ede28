import Protocol
import StrictJSON

/// The broker that the suite plays: docs/protocol.md in memory, for the service under test and one
/// other, "suite", whose part the checks play.
///
/// A value without socket, clock and randomness: frames and the time go in, frames come out. It
/// breaks its word only where a check asks for that by its ``conduct``; what the gateway does wrong
/// meanwhile stands in ``faults``.
struct PretendBroker {
    /// What goes to a connection.
    struct Outgoing {
        /// The connection's number.
        var connection: Int
        /// The frame's body.
        var body: [UInt8]
        /// Whether the connection is closed after it.
        var isLast = false
    }

    /// One conversation with all that is known about it.
    struct Conversation {
        let id: ConversationID
        var properties: [String: String] = [:]
        var state = ConversationState.open
        var events: [Event] = []
        var nextSeq: Int64 = 1
        /// What readers have not been told yet.
        var unpushed: [Event] = []
        /// What the service under test calls it.
        var peer: PeerID?
        var mark: Mark?
        /// The digests of which one opens it, if there are any.
        var credentials: Set<String> = []
        /// How far the consumer under test has acknowledged.
        var handled: Int64 = 0
        var external: [Int64: [ExternalID]] = [:]
        /// A delivery waits until then, in milliseconds of the suite's clock.
        var notBefore: Int64 = 0
        /// Keys of the service under test whose message was deleted before it was sent.
        var reserved: Set<IdempotencyKey> = []
        var reported = Receipt(service: PretendBroker.other)

        var head: Head { Head(seq: self.events.last?.seq ?? 0, id: self.events.last?.id) }

        func index(of key: IdempotencyKey) -> Int? { self.events.firstIndex { $0.key == key } }
    }

    /// One connection after its hello.
    struct Session {
        var hello: Hello
        var isWelcome = false
        var credit: Int64 = 0
        var inFlight: [ConversationID: Int64] = [:]
        var subscriptions: Set<ConversationID> = []
        var unanswered: [Int64: String] = [:]
    }

    /// A send that waits for ``release(at:)``.
    struct Held {
        var connection: Int
        var number: Int64
        var send: Send
    }

    /// The service whose part the checks play.
    static let other = Self.name("suite")
    /// Whom an erasure is of.
    private static let itself = Self.name("chatbox")

    /// How it behaves just now.
    var conduct = Conduct()
    /// What the gateway did that the protocol forbids, in sentences.
    var faults: [String] = []
    var sessions: [Int: Session] = [:]
    var conversations: [ConversationID: Conversation] = [:]
    var values: [Name: JSONValue] = [:]
    var pictures: [Name: Picture] = [:]
    var held: [Held] = []
    /// The service under test, as its first hello named it.
    private(set) var serviceUnderTest = Self.name("gateway")
    private(set) var epoch: Epoch
    private var generation: Int64 = 0
    private var counter: UInt64 = 0
    private let seed: UInt64
    /// Milliseconds between heartbeats.
    let heartbeat: Int64

    /// A broker with an empty database; `seed` makes its ids differ from another run's.
    init(seed: UInt64, heartbeat: Int64) {
        self.seed = seed
        self.heartbeat = heartbeat
        self.epoch = Epoch(Bits128(high: seed, low: 1))
    }

    /// A name that is known to be one.
    static func name(_ text: String) -> Name {
        guard let name = Name(text) else { preconditionFailure("\(text) is a name.") }
        return name
    }

    /// The next id that was never given before.
    mutating func nextBits() -> Bits128 {
        self.counter += 1
        return Bits128(high: self.seed, low: self.counter &* 0x9E37_79B9_7F4A_7C15)
    }

    // MARK: Connections

    /// A frame came.
    mutating func received(_ envelope: Envelope, on connection: Int, at now: Int64) -> [Outgoing] {
        guard self.conduct.speaks else { return [] }
        guard let session = self.sessions[connection] else {
            return self.greeted(envelope, on: connection)
        }
        switch envelope.type {
        case Ping.type:
            return session.isWelcome ? [self.frame(Pong(), to: connection)] : []
        case Goodbye.type, Signal.type: return []
        case Credit.type:
            do {
                self.sessions[connection]?.credit = try Credit(envelope.fields).conversations
            } catch {
                self.faults.append("\"credit\": \(error)")
            }
            return self.deliveries(at: now)
        default: return self.asked(envelope, on: connection, at: now) + self.deliveries(at: now)
        }
    }

    /// A connection is over.
    mutating func ended(_ connection: Int) {
        self.sessions[connection] = nil
        self.held.removeAll { $0.connection == connection }
    }

    private mutating func greeted(_ envelope: Envelope, on connection: Int) -> [Outgoing] {
        guard envelope.type == Hello.type else {
            self.faults.append("The first frame is \"\(envelope.type)\" and must be \"hello\".")
            return []
        }
        do {
            let hello = try Hello(envelope.fields)
            self.sessions[connection] = Session(hello: hello)
            self.serviceUnderTest = hello.service
        } catch {
            self.faults.append("\"hello\": \(error)")
            return []
        }
        if let farewell = self.conduct.farewell {
            return [self.frame(farewell, to: connection, isLast: true)]
        }
        return self.conduct.welcomes ? [self.welcome(connection)] : []
    }

    /// Welcomes a connection that said hello.
    mutating func welcome(_ connection: Int) -> Outgoing {
        self.sessions[connection]?.isWelcome = true
        self.generation += 1
        let isConsumer = self.sessions[connection]?.hello.mode == .consumer
        let welcome = Welcome(
            version: ProtocolVersion.current, epoch: self.epoch,
            generation: isConsumer ? self.generation : 0, agent: "chatbox-conformance/1",
            heartbeatMilliseconds: self.heartbeat)
        return self.frame(welcome, to: connection)
    }

    /// A frame for a connection.
    func frame(
        _ message: some WireMessage, to connection: Int, request: Int64? = nil,
        isLast: Bool = false
    ) -> Outgoing {
        var body = message.encoded(request: request)
        if self.conduct.addsUnknownMembers, body.last == UInt8(ascii: "}") {
            body.removeLast()
            body += Array(#","x_future":{"x":[1,null,"é"]}}"#.utf8)
        }
        return Outgoing(connection: connection, body: body, isLast: isLast)
    }

    /// What readers don't have yet of the conversations that they subscribe to.
    mutating func pushes() -> [Outgoing] {
        guard self.conduct.speaks else { return [] }
        var outgoing: [Outgoing] = []
        for (id, var conversation) in self.conversations where !conversation.unpushed.isEmpty {
            for event in conversation.unpushed {
                let push = EventPush(conversation: id, event: event.seen(by: self.serviceUnderTest))
                for (connection, session) in self.sessions where session.subscriptions.contains(id)
                {
                    outgoing.append(self.frame(push, to: connection))
                }
            }
            conversation.unpushed = []
            self.conversations[id] = conversation
        }
        return outgoing
    }

    // MARK: The other service's part

    /// The conversation that the other service opened under that name.
    mutating func conversation(openedAs name: String) -> ConversationID {
        let id = Self.uid("suite/\(name)")
        if self.conversations[id] == nil {
            self.conversations[id] = Conversation(id: id, properties: ["name": "Suite"])
        }
        return id
    }

    /// Commits an event of the other service.
    @discardableResult
    mutating func commit(
        _ kind: Event.Kind = .message, _ body: String = "", in id: ConversationID,
        target: Event? = nil, isDeleted: Bool = false, at now: Int64
    ) -> Event? {
        guard var conversation = self.conversations[id] else { return nil }
        let service = kind == .erasure ? Self.itself : Self.other
        let author = kind == .setAside ? Self.itself : service
        let event = Event(
            seq: conversation.nextSeq, id: EventID(self.nextBits()), at: now, kind: kind,
            service: service, revision: kind == .edit ? (target?.revision ?? 0) + 1 : 0,
            author: Author(id: author.text, name: author.text), body: body,
            target: target.map { Event.Target(seq: $0.seq, id: $0.id) }, isDeleted: isDeleted)
        conversation.append(event)
        self.conversations[id] = conversation
        return event
    }

    /// Another life of the database: everything is gone, and numbers begin anew.
    mutating func loseDatabase() {
        self.epoch = Epoch(self.nextBits())
        self.conversations = [:]
        self.values = [:]
        self.pictures = [:]
        self.held = []
    }

    /// Does the sends that were held back, and answers them.
    mutating func release(at now: Int64) -> [Outgoing] {
        let held = self.held
        self.held = []
        return held.flatMap { one in
            self.reply(to: one.number, on: one.connection, self.stored(one.send, at: now))
        } + self.deliveries(at: now)
    }

    /// The events that the service under test has sent, in the order of conversations and seqs.
    func said(_ text: String) -> [Event] {
        self.conversations.values.flatMap(\.events).filter {
            !$0.isForeign && $0.body.contains(text)
        }
    }

    /// What is due to the consumer and fits its credit.
    mutating func deliveries(at now: Int64) -> [Outgoing] {
        guard self.conduct.speaks else { return [] }
        var outgoing: [Outgoing] = []
        for (connection, var session) in self.sessions
        where session.isWelcome && session.hello.mode == .consumer {
            for (id, conversation) in self.conversations.sorted(by: { $0.key.text < $1.key.text })
            where session.inFlight[id] == nil && session.inFlight.count < session.credit
                && conversation.notBefore <= now
            {
                let next = conversation.events.first {
                    $0.seq > conversation.handled && $0.isForeign
                }
                guard let event = next else { continue }
                session.inFlight[id] = event.seq
                outgoing.append(self.delivery(of: event, in: conversation, to: connection))
            }
            self.sessions[connection] = session
        }
        return outgoing
    }

    /// Why an event was set aside whose text the gateway never saw.
    private static let setAside = SetAside(
        kind: .message, code: "poison", reason: "Gateways were lost right after they got it.")

    private func delivery(
        of event: Event, in conversation: Conversation, to connection: Int
    ) -> Outgoing {
        let earlier = conversation.external.filter { $0.key < event.seq }.max { $0.key < $1.key }
        let target = event.target.flatMap { conversation.external[$0.seq] } ?? []
        let delivery = Delivery(
            conversation: conversation.id, peer: conversation.peer,
            properties: conversation.properties, event: event,
            external: conversation.external[event.seq] ?? [],
            lastExternal: earlier?.value.last, targetExternal: target,
            setAside: event.kind == .setAside ? Self.setAside : nil)
        return self.frame(delivery, to: connection)
    }
}

extension Event {
    /// Whether the service under test didn't send it.
    var isForeign: Bool { self.key == nil }
}

extension ConversationID {
    fileprivate var text: String { self.description }
}
