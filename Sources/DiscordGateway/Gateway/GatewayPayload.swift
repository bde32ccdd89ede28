import StrictJSON

/// What Discord says on its Gateway, as far as it matters here.
enum GatewayPayload: Equatable, Sendable {
    /// Something happened; numbered.
    case dispatch(sequence: Int64, event: String, data: JSONValue)
    /// Answer with a heartbeat at once.
    case heartbeat
    /// Connect anew and resume.
    case reconnect
    /// The session can't be used; perhaps it can be resumed on a new connection.
    case invalidSession(resumable: Bool)
    /// The first word, with the time between heartbeats.
    case hello(interval: Duration)
    /// The answer to a heartbeat.
    case acknowledged
    /// Anything else; new kinds appear at any time.
    case other

    /// Reads a payload; `nil` if it has not the form of one.
    init?(_ value: JSONValue) {
        guard let operation = value["op"]?.integer else { return nil }
        switch operation {
        case 0:
            guard let sequence = value["s"]?.integer, let event = value["t"]?.string else {
                return nil
            }
            self = .dispatch(sequence: sequence, event: event, data: value["d"] ?? .null)
        case 1: self = .heartbeat
        case 7: self = .reconnect
        case 9: self = .invalidSession(resumable: value["d"]?.bool == true)
        case 10:
            guard let interval = value["d"]?["heartbeat_interval"]?.number,
                (10...600_000).contains(interval)
            else { return nil }
            self = .hello(interval: .milliseconds(Int64(interval)))
        case 11: self = .acknowledged
        default: self = .other
        }
    }
}

/// What we say on Discord's Gateway, at most 4,096 bytes each.
enum GatewayCommand: Equatable, Sendable {
    /// We are alive, and have received up to this number.
    case heartbeat(sequence: Int64?)
    /// Start a session.
    case identify
    /// Continue a session.
    case resume(GatewayResumption)

    /// What we want to hear of: servers and posts (bit 0), messages (9), reactions (10), who types
    /// (11), and the messages' content (15).
    static let intents: Int64 = 1 << 0 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 15

    /// The JSON of it.
    func encoded(token: String) -> String {
        switch self {
        case .heartbeat(let sequence):
            JSONWriter.text([
                "op": 1, "d": sequence.map { .integer($0) } ?? .null,
            ])
        case .identify:
            JSONWriter.text([
                "op": 2,
                "d": [
                    "token": .string(token), "intents": .integer(Self.intents),
                    "properties": ["os": "linux", "browser": "chatbox", "device": "chatbox"],
                ],
            ])
        case .resume(let resumption):
            JSONWriter.text([
                "op": 6,
                "d": [
                    "token": .string(token), "session_id": .string(resumption.session),
                    "seq": .integer(resumption.sequence),
                ],
            ])
        }
    }
}

/// What it takes to continue a session, also from another process.
struct GatewayResumption: Equatable, Sendable {
    /// The session's id.
    var session: String
    /// The address at which it is continued.
    var url: String
    /// The last number received; of a kept one, the last whose effects are durable.
    var sequence: Int64
}
