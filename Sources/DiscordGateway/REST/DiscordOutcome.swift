/// How a request to Discord went. Failures are values: each caller decides what one means to it.
enum DiscordOutcome<Value: Sendable>: Sendable {
    /// Discord did it.
    case ok(Value)
    /// Discord refused it: nothing was done.
    case rejected(DiscordRejection)
    /// Nothing was done, and it may be tried after a while: a rate limit asks for a longer wait than
    /// the caller has patience for, or Discord can't be reached.
    case postponed(after: Duration, reason: String)
    /// The answer was lost, or says that Discord doesn't know either: it may have been done.
    case unknown(reason: String)

    /// The same outcome with another value; a value that can't be read is an unknown outcome.
    func map<Other: Sendable>(_ read: (Value) -> Other?) -> DiscordOutcome<Other> {
        switch self {
        case .ok(let value):
            guard let other = read(value) else {
                return .unknown(reason: "the answer has not the form that Discord documents")
            }
            return .ok(other)
        case .rejected(let rejection): return .rejected(rejection)
        case .postponed(let wait, let reason): return .postponed(after: wait, reason: reason)
        case .unknown(let reason): return .unknown(reason: reason)
        }
    }
}

extension DiscordOutcome: Equatable where Value: Equatable {}

/// Discord's refusal of a request.
struct DiscordRejection: Equatable, Sendable, CustomStringConvertible {
    /// The HTTP status, 400–499.
    var status: Int
    /// Discord's own code; 0 if it gave none.
    var code: Int64
    /// Discord's sentence, at most 300 characters.
    var message: String

    var description: String { "HTTP \(self.status), code \(self.code): \(self.message)" }

    /// The post or channel is no more.
    var isUnknownChannel: Bool { self.code == 10_003 }
    /// The message is no more; for a repeated send: it was made, and then deleted.
    var isUnknownMessage: Bool { self.code == 10_008 }
    /// There is no such person, or no longer on this server.
    var isUnknownMember: Bool { self.code == 10_007 || self.code == 10_013 }
    /// The post is archived, and this can't be done to it there.
    var isArchived: Bool { self.code == 50_083 }
    /// The post is locked: only who manages posts may write in it.
    var isLocked: Bool { self.code == 160_005 }
    /// The server has as many open posts as Discord allows.
    var isTooManyPosts: Bool { self.code == 160_006 }
    /// A field of the request is what Discord won't take.
    var blamesForm: Bool { self.code == 50_035 }
    /// The message itself is what Discord won't take: repeating it would change nothing.
    var blamesMessage: Bool {
        switch self.code {
        // Invalid form; empty; blocked by the server's own rules (a message, a title); a link that
        // Discord holds for harmful.
        case 50_035, 50_006, 200_000, 200_001, 240_000: true
        default: false
        }
    }
    /// Whoever wrote the message has blocked the bot: it can't react to it.
    var isReactionBlocked: Bool { self.code == 90_001 }
    /// The token is wrong or was revoked.
    var isUnauthorized: Bool { self.status == 401 }
    /// A permission is missing.
    var isForbidden: Bool { self.status == 403 && !self.blamesMessage }
}
