import StrictJSON

/// The gateway's frames: `{"op", "d", "s", "t"}`.
enum GatewayPayload {
    /// Bytes of a client's frame.
    static let bytesMax = 4096

    static func hello(heartbeatMilliseconds: Int64) -> String {
        self.text(10, ["heartbeat_interval": .integer(heartbeatMilliseconds)])
    }

    static let heartbeatAcknowledged = Self.text(11, nil)

    static func invalidSession(isResumable: Bool) -> String {
        self.text(9, .bool(isResumable))
    }

    static func dispatch(_ name: String, _ data: JSONValue, sequence: Int64) -> String {
        self.text(0, data, sequence: .integer(sequence), name: .string(name))
    }

    private static func text(
        _ op: Int64, _ data: JSONValue?, sequence: JSONValue = nil, name: JSONValue = nil
    ) -> String {
        JSONWriter.text(["t": name, "s": sequence, "op": .integer(op), "d": data ?? nil])
    }
}

/// Why the gateway closes a connection.
enum GatewayCloseCode: UInt16, Sendable {
    case unknownOpcode = 4001
    case decodeError = 4002
    case notAuthenticated = 4003
    case authenticationFailed = 4004
    case alreadyAuthenticated = 4005
    case invalidSequence = 4007
    case rateLimited = 4008
    case sessionTimedOut = 4009
    case invalidVersion = 4012
    case invalidIntents = 4013

    /// What Discord says with it.
    var reason: String {
        switch self {
        case .unknownOpcode: "Unknown opcode."
        case .decodeError: "Error while decoding payload."
        case .notAuthenticated: "Not authenticated."
        case .authenticationFailed: "Authentication failed."
        case .alreadyAuthenticated: "Already authenticated."
        case .invalidSequence: "Invalid seq."
        case .rateLimited: "You are being rate limited."
        case .sessionTimedOut: "Session timed out."
        case .invalidVersion: "Invalid API version."
        case .invalidIntents: "Invalid intent(s)."
        }
    }
}

/// The gateway's switches for kinds of events.
struct Intents: Equatable, Sendable {
    static let guilds: Int64 = 1 << 0
    static let guildMembers: Int64 = 1 << 1
    static let guildMessages: Int64 = 1 << 9
    static let guildReactions: Int64 = 1 << 10
    static let guildTyping: Int64 = 1 << 11
    static let messageContent: Int64 = 1 << 15
    /// Every bit that Discord gives a meaning.
    private static let known: Int64 = 0b11_0011_0001_1111_1111_1111_1111

    let rawValue: Int64

    /// Nil if a bit has no meaning.
    init?(_ rawValue: Int64) {
        guard rawValue & ~Self.known == 0 else { return nil }
        self.rawValue = rawValue
    }

    func has(_ intent: Int64) -> Bool { self.rawValue & intent != 0 }
}
