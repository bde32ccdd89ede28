import StrictJSON

/// What a test asks the gateway to do to every connection, once.
enum GatewayAction: Equatable, Sendable {
    case drop
    /// Drop, and refuse every RESUME after.
    case forget
    case reconnect
    case heartbeat
    case invalidate(isResumable: Bool)
    case close(GatewayCloseCode)
    case dispatch(name: String, JSONValue)

    /// Reads a request's body.
    init?(_ body: JSONValue) {
        switch body["action"]?.string {
        case "drop": self = .drop
        case "forget": self = .forget
        case "reconnect": self = .reconnect
        case "heartbeat": self = .heartbeat
        case "invalidate": self = .invalidate(isResumable: body["resumable"]?.bool ?? false)
        case "close":
            guard let code = GatewayCloseCode(body["code"]?.integer) else { return nil }
            self = .close(code)
        case "dispatch":
            guard let name = body["t"]?.string else { return nil }
            self = .dispatch(name: name, body["d"] ?? nil)
        default: return nil
        }
    }
}

/// What tests do to the gateway.
extension GatewayHall {
    /// Changes how the gateway behaves; false, and nothing changed, if a value is wrong.
    mutating func change(_ body: JSONValue, identifies: [Int64], now: Int64) -> Bool {
        var rules = self.rules
        var starts = self.starts
        guard rules.change(body) else { return false }
        if let stated = body["session_starts"] {
            guard starts.change(stated, identifies, now: now) else { return false }
        }
        self.starts = starts
        self.set(rules)
        return true
    }

    /// Behaves as in the beginning again.
    mutating func resetRules() {
        self.starts = SessionStarts()
        self.set(self.firstRules)
    }

    private mutating func set(_ rules: Rules) {
        self.rules = rules
        for id in self.sessions.keys { self.sessions[id]?.bufferMax = rules.bufferMax }
    }

    /// Carries out on every connection what a test asks for.
    mutating func perform(_ action: GatewayAction) -> [AddressedCommand] {
        switch action {
        case .drop: return self.all(.drop)
        case .forget:
            self.forgetSessions { _ in true }
            return self.all(.drop)
        case .reconnect: return self.all(.send(GatewayPayload.reconnect))
        case .heartbeat: return self.all(.send(GatewayPayload.heartbeat))
        case .invalidate(let isResumable):
            if !isResumable { self.forgetSessions { _ in true } }
            return self.all(.send(GatewayPayload.invalidSession(isResumable: isResumable)))
        case .close(let code): return self.closeAll(code)
        case .dispatch(let name, let data):
            return self.sessions.keys.flatMap { self.dispatch(name, data, to: $0) }
        }
    }

    /// Closes what a client may no longer have: after the token was revoked everything, after the
    /// intent was switched off the sessions that have it.
    mutating func enforce(_ application: ApplicationState) -> [AddressedCommand] {
        if application.isRevoked { return self.closeAll(.authenticationFailed) }
        guard !application.messageContent else { return [] }
        return self.sessions.values.filter { $0.intents.has(Intents.messageContent) }
            .compactMap(\.connection)
            .map { AddressedCommand(connection: $0, command: .close(.disallowedIntents)) }
    }

    mutating func closeAll(_ code: GatewayCloseCode) -> [AddressedCommand] {
        if code.endsSession { self.forgetSessions { $0.connection != nil } }
        return self.all(.close(code))
    }

    private func all(_ command: GatewayCommand) -> [AddressedCommand] {
        self.connections.keys.map { AddressedCommand(connection: $0, command: command) }
    }

    private mutating func forgetSessions(where isMeant: (GatewaySession) -> Bool) {
        for (id, session) in self.sessions where isMeant(session) {
            self.sessions[id] = nil
            if let connection = session.connection {
                self.connections[connection]?.session = nil
            }
        }
    }
}
