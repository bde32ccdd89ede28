/// Why the gateway closes a connection.
struct GatewayCloseCode: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt16

    static let unknownOpcode = GatewayCloseCode(rawValue: 4001)
    static let decodeError = GatewayCloseCode(rawValue: 4002)
    static let notAuthenticated = GatewayCloseCode(rawValue: 4003)
    static let authenticationFailed = GatewayCloseCode(rawValue: 4004)
    static let alreadyAuthenticated = GatewayCloseCode(rawValue: 4005)
    static let invalidSequence = GatewayCloseCode(rawValue: 4007)
    static let rateLimited = GatewayCloseCode(rawValue: 4008)
    static let invalidVersion = GatewayCloseCode(rawValue: 4012)
    static let invalidIntents = GatewayCloseCode(rawValue: 4013)
    static let disallowedIntents = GatewayCloseCode(rawValue: 4014)

    init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// A code that a test asks for: those that a WebSocket's close frame may hold.
    init?(_ value: Int64?) {
        guard let value, value == 1000 || value == 1001 || (3000...4999).contains(value) else {
            return nil
        }
        self.init(rawValue: UInt16(value))
    }

    /// Whether the session behind the connection ends with it.
    var endsSession: Bool {
        [1000, 1001, 4003, 4004, 4007, 4009].contains(self.rawValue)
            || (4010...4014).contains(self.rawValue)
    }

    /// What Discord says with it.
    var reason: String {
        switch self.rawValue {
        case 4000: "Unknown error."
        case 4001: "Unknown opcode."
        case 4002: "Error while decoding payload."
        case 4003: "Not authenticated."
        case 4004: "Authentication failed."
        case 4005: "Already authenticated."
        case 4007: "Invalid seq."
        case 4008: "You are being rate limited."
        case 4009: "Session timed out."
        case 4010: "Invalid shard."
        case 4011: "Sharding required."
        case 4012: "Invalid API version."
        case 4013: "Invalid intent(s)."
        case 4014: "Disallowed intent(s)."
        default: ""
        }
    }
}
