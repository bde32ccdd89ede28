import StrictJSON

/// What a connection is told.
enum GatewayCommand: Equatable, Sendable {
    case send(String)
    case close(GatewayCloseCode)
    /// Close TCP without a word.
    case drop
}

/// A command and whom it is for.
struct AddressedCommand: Equatable, Sendable {
    let connection: ConnectionID
    let command: GatewayCommand
}

/// All connections and sessions of the gateway. Pure: it answers what to send to whom.
struct GatewayHall: Sendable {
    /// A client may send so many frames in a minute.
    static let framesPerMinute = 120

    struct Connection {
        /// What the client called us: the host of the resume URL.
        var host: String
        var session: String?
        /// When it sent its latest frames, in milliseconds since 1970.
        var sentAt: [Int64] = []
    }

    typealias Rules = GatewayRules

    var rules: Rules
    var starts = SessionStarts()
    /// As it behaved in the beginning.
    let firstRules: Rules
    var connections: [ConnectionID: Connection] = [:]
    var sessions: [String: GatewaySession] = [:]
    /// How many RESUMEs were answered so far, and how many refused.
    private(set) var resumes = (accepted: 0, refused: 0)
    /// How often clients closed with which code; 0 stands for no code.
    private(set) var closeCodes: [UInt16: Int] = [:]
    /// How often a bot lost its token by beginning too many sessions.
    private(set) var tokenResets = 0
    private var identifiedAt: Int64?

    init(rules: Rules) {
        self.rules = rules
        self.firstRules = rules
    }

    var connectionCount: Int { self.connections.count }

    // MARK: Connections

    /// A client connected.
    mutating func opened(
        _ id: ConnectionID, host: String, version: String?
    ) -> [AddressedCommand] {
        self.connections[id] = Connection(host: host)
        guard version == nil || version == "10" || version == "9" else {
            return [AddressedCommand(connection: id, command: .close(.invalidVersion))]
        }
        let hello = GatewayPayload.hello(heartbeatMilliseconds: self.rules.heartbeatMilliseconds)
        return switch self.rules.greeting {
        case .hello: [self.send(hello, to: id)]
        case .reconnect: [self.send(GatewayPayload.reconnect, to: id)]
        case .none: []
        }
    }

    /// A connection is gone; with 1000 or 1001 the client ended its session too.
    mutating func closed(_ id: ConnectionID, code: UInt16?, now: Int64) {
        guard let connection = self.connections.removeValue(forKey: id) else { return }
        self.closeCodes[code ?? 0, default: 0] += 1
        guard let session = connection.session else { return }
        if code == 1000 || code == 1001 {
            self.sessions[session] = nil
        } else if self.sessions[session]?.connection == id {
            self.sessions[session]?.connection = nil
            self.sessions[session]?.detachedAt = now
        }
    }

    // MARK: Frames

    /// A client sent a frame.
    ///
    /// - Parameter freshID: a random text, the id of a session if this frame begins one.
    mutating func received(
        _ bytes: [UInt8], from id: ConnectionID, freshID: String, world: inout SandboxWorld,
        now: Int64
    ) -> [AddressedCommand] {
        guard self.connections[id] != nil else { return [] }
        guard self.isInRate(id, now) else { return self.close(id, .rateLimited) }
        guard bytes.count <= GatewayPayload.bytesMax,
            let frame = try? JSONParser.parse(bytes), let op = frame["op"]?.integer
        else { return self.close(id, .decodeError) }
        let hasSession = self.connections[id]?.session != nil
        switch op {
        case 1:
            return self.rules.acknowledges
                ? [self.send(GatewayPayload.heartbeatAcknowledged, to: id)] : []
        case 2 where hasSession, 6 where hasSession: return self.close(id, .alreadyAuthenticated)
        case 2: return self.identify(id, frame["d"] ?? nil, freshID, &world, now)
        case 6: return self.resume(id, frame["d"] ?? nil, world, now)
        // Presence, voice state and member requests have no effect here.
        case 3, 4, 8: return hasSession ? [] : self.close(id, .notAuthenticated)
        default: return self.close(id, hasSession ? .unknownOpcode : .notAuthenticated)
        }
    }

    private mutating func isInRate(_ id: ConnectionID, _ now: Int64) -> Bool {
        var sentAt = self.connections[id]?.sentAt ?? []
        sentAt.removeAll { $0 <= now - 60_000 }
        sentAt.append(now)
        self.connections[id]?.sentAt = sentAt
        return sentAt.count <= Self.framesPerMinute
    }

    private mutating func identify(
        _ id: ConnectionID, _ data: JSONValue, _ freshID: String, _ world: inout SandboxWorld,
        _ now: Int64
    ) -> [AddressedCommand] {
        guard let token = data["token"]?.string, self.isValid(token) else {
            return self.close(id, .authenticationFailed)
        }
        guard let bits = data["intents"]?.integer, let intents = Intents(bits) else {
            return self.close(id, .invalidIntents)
        }
        guard !world.application.isRevoked else { return self.close(id, .authenticationFailed) }
        guard world.application.messageContent || !intents.has(Intents.messageContent) else {
            return self.close(id, .disallowedIntents)
        }
        if let identifiedAt, now - identifiedAt < self.rules.identifyMilliseconds {
            return [self.send(GatewayPayload.invalidSession(isResumable: false), to: id)]
        }
        guard self.starts.remaining(world.identifies(now: now), now: now) > 0 else {
            return self.takeToken(&world)
        }
        self.identifiedAt = now
        world.countIdentify(now: now)
        var session = GatewaySession(
            id: freshID, token: token, intents: intents, connection: id,
            bufferMax: self.rules.bufferMax)
        let host = self.connections[id]?.host ?? ""
        let ready = session.dispatch(
            "READY", self.ready(session, host: host, shard: data["shard"], world))
        var frames = [ready]
        if intents.has(Intents.guilds) {
            frames.append(session.dispatch("GUILD_CREATE", GuildObject.created(world)))
        }
        self.sessions[freshID] = session
        self.connections[id]?.session = freshID
        return frames.map { self.send($0, to: id) }
    }

    /// What Discord does to a bot that begins too many sessions: all end, and its token is void.
    private mutating func takeToken(_ world: inout SandboxWorld) -> [AddressedCommand] {
        self.tokenResets += 1
        var application = world.application
        application.isRevoked = true
        world.save(application)
        return self.closeAll(.authenticationFailed)
    }

    private mutating func resume(
        _ id: ConnectionID, _ data: JSONValue, _ world: SandboxWorld, _ now: Int64
    ) -> [AddressedCommand] {
        guard let token = data["token"]?.string, self.isValid(token),
            !world.application.isRevoked
        else {
            return self.close(id, .authenticationFailed)
        }
        guard let sessionID = data["session_id"]?.string, var session = self.sessions[sessionID],
            session.token == token, self.isAlive(session, now)
        else { return self.refuseResume(id) }
        guard
            world.application.messageContent || !session.intents.has(Intents.messageContent)
        else { return self.close(id, .disallowedIntents) }
        guard let sequence = data["seq"]?.integer, sequence >= 0, sequence <= session.sequence
        else { return self.close(id, .invalidSequence) }
        guard let missed = session.frames(after: sequence) else { return self.refuseResume(id) }
        var commands: [AddressedCommand] = []
        if let former = session.connection {
            // The client came back before we noticed that it had gone.
            self.connections[former]?.session = nil
            commands.append(AddressedCommand(connection: former, command: .drop))
        }
        session.connection = id
        session.detachedAt = nil
        let resumed = session.dispatch("RESUMED", [:])
        self.sessions[sessionID] = session
        self.connections[id]?.session = sessionID
        self.resumes.accepted += 1
        return commands + (missed + [resumed]).map { self.send($0, to: id) }
    }

    private mutating func refuseResume(_ id: ConnectionID) -> [AddressedCommand] {
        self.resumes.refused += 1
        return [self.send(GatewayPayload.invalidSession(isResumable: false), to: id)]
    }

    private func isAlive(_ session: GatewaySession, _ now: Int64) -> Bool {
        guard let detachedAt = session.detachedAt else { return true }
        return now - detachedAt <= self.rules.sessionMilliseconds
    }

    private func isValid(_ token: String) -> Bool {
        !token.isEmpty && (self.rules.token == nil || self.rules.token == token)
    }

    private func ready(
        _ session: GatewaySession, host: String, shard: JSONValue?, _ world: SandboxWorld
    ) -> JSONValue {
        var object: JSONObject = [
            "v": 10, "user": world.users[Fixture.bot]?.ownJSON ?? nil,
            "guilds": [["id": Fixture.guild.json, "unavailable": true]],
            "session_id": .string(session.id), "session_type": "normal",
            "resume_gateway_url": .string("ws://\(host)/gateway"),
            "application": [
                "id": Fixture.bot.json, "flags": .integer(world.applicationFlags),
            ],
            "private_channels": [], "presences": [], "relationships": [], "user_settings": [:],
        ]
        object["shard"] = shard
        return .object(object)
    }

    // MARK: Events

    /// Tells every session what happened, also those whose client is away.
    mutating func dispatch(
        _ events: [WorldEvent], world: SandboxWorld, now: Int64
    ) -> [AddressedCommand] {
        guard !events.isEmpty else { return [] }
        self.sessions = self.sessions.filter { self.isAlive($0.value, now) }
        var commands: [AddressedCommand] = []
        for event in events {
            for id in self.sessions.keys {
                guard let session = self.sessions[id],
                    let (name, data) = event.payload(for: session.intents, world)
                else { continue }
                commands += self.dispatch(name, data, to: id)
            }
        }
        return commands
    }

    mutating func dispatch(
        _ name: String, _ data: JSONValue, to id: String
    ) -> [AddressedCommand] {
        guard let text = self.sessions[id]?.dispatch(name, data),
            let connection = self.sessions[id]?.connection, self.rules.delivers
        else { return [] }
        return [self.send(text, to: connection)]
    }

    private func send(_ text: String, to id: ConnectionID) -> AddressedCommand {
        AddressedCommand(connection: id, command: .send(text))
    }

    private func close(
        _ id: ConnectionID, _ code: GatewayCloseCode
    ) -> [AddressedCommand] {
        [AddressedCommand(connection: id, command: .close(code))]
    }
}
