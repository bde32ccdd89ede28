import StrictJSON

/// A bot's session: what it was told, kept so that it can go on after a lost connection.
struct GatewaySession: Equatable, Sendable {
    private struct Frame: Equatable, Sendable {
        var sequence: Int64
        var text: String
    }

    let id: String
    let token: String
    let intents: Intents
    /// The connection that has it now; nil while the bot is away.
    var connection: ConnectionID?
    /// Since when it is away, in milliseconds since 1970.
    var detachedAt: Int64?
    /// The last sequence number given.
    private(set) var sequence: Int64 = 0
    private var buffer: [Frame] = []
    /// Events that are kept; lowered, it forgets the oldest at once.
    var bufferMax: Int { didSet { self.forgetOld() } }

    init(id: String, token: String, intents: Intents, connection: ConnectionID, bufferMax: Int) {
        self.id = id
        self.token = token
        self.intents = intents
        self.connection = connection
        self.bufferMax = bufferMax
    }

    /// Numbers an event and keeps it; answers its frame.
    mutating func dispatch(_ name: String, _ data: JSONValue) -> String {
        self.sequence += 1
        let text = GatewayPayload.dispatch(name, data, sequence: self.sequence)
        self.buffer.append(Frame(sequence: self.sequence, text: text))
        self.forgetOld()
        return text
    }

    private mutating func forgetOld() {
        guard self.buffer.count > self.bufferMax else { return }
        self.buffer.removeFirst(self.buffer.count - self.bufferMax)
    }

    /// The frames after a sequence number; nil if some of them are no longer kept.
    func frames(after sequence: Int64) -> [String]? {
        let oldest = self.buffer.first?.sequence ?? self.sequence + 1
        guard sequence >= oldest - 1 else { return nil }
        return self.buffer.filter { $0.sequence > sequence }.map(\.text)
    }
}

/// One of the gateway's connections.
struct ConnectionID: Hashable, Sendable {
    let rawValue: UInt64
}
