/// Every route of Discord's REST API that the sandbox speaks.
enum RESTRoute: String, CaseIterable, Sendable {
    case gateway = "GET /gateway"
    case gatewayBot = "GET /gateway/bot"
    case me = "GET /users/@me"
    case myGuilds = "GET /users/@me/guilds"
    case user = "GET /users/{user}"
    case application = "GET /applications/@me"
    case oauthApplication = "GET /oauth2/applications/@me"
    case guild = "GET /guilds/{guild}"
    case guildChannels = "GET /guilds/{guild}/channels"
    case guildRoles = "GET /guilds/{guild}/roles"
    case guildMember = "GET /guilds/{guild}/members/{user}"
    case activeThreads = "GET /guilds/{guild}/threads/active"
    case channel = "GET /channels/{channel}"
    case updateChannel = "PATCH /channels/{channel}"
    case deleteChannel = "DELETE /channels/{channel}"
    case createThread = "POST /channels/{channel}/threads"
    case createThreadOnMessage = "POST /channels/{channel}/messages/{message}/threads"
    case archivedThreads = "GET /channels/{channel}/threads/archived/public"
    case joinThread = "PUT /channels/{channel}/thread-members/@me"
    case messages = "GET /channels/{channel}/messages"
    case message = "GET /channels/{channel}/messages/{message}"
    case createMessage = "POST /channels/{channel}/messages"
    case editMessage = "PATCH /channels/{channel}/messages/{message}"
    case deleteMessage = "DELETE /channels/{channel}/messages/{message}"
    case deleteMessages = "POST /channels/{channel}/messages/bulk-delete"
    case reactions = "GET /channels/{channel}/messages/{message}/reactions/{emoji}"
    case react = "PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me"
    case unreact = "DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me"
    case unreactOther = "DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/{user}"
    case clearEmoji = "DELETE /channels/{channel}/messages/{message}/reactions/{emoji}"
    case clearReactions = "DELETE /channels/{channel}/messages/{message}/reactions"
    case typing = "POST /channels/{channel}/typing"

    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    var method: String { String(self.rawValue.prefix { $0 != " " }) }

    /// The path below `/api/v10`, with its parameters in braces.
    var path: String { String(self.rawValue.drop { $0 != "/" }) }

    /// Whether anyone may ask.
    var isPublic: Bool { self == .gateway }

    /// The bucket's limit where none is configured. Discord publishes none of these; they are
    /// what clients have seen.
    var usualLimit: RateLimit {
        switch self {
        case .createMessage: RateLimit(5, per: 5)
        case .typing: RateLimit(5, per: 5)
        case .createThread, .createThreadOnMessage: RateLimit(10, per: 10)
        case .editMessage, .deleteMessage: RateLimit(5, per: 5)
        case .react, .unreact, .unreactOther, .clearEmoji, .clearReactions: RateLimit(10, per: 5)
        case .updateChannel: RateLimit(5, per: 15)
        default: RateLimit(50, per: 5)
        }
    }

    /// The bucket's name, opaque to clients: 32 hexadecimal digits.
    var bucket: String {
        // FNV-1a: the name must only be stable and different for each route.
        let hash = self.rawValue.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        let half = String(repeating: "0", count: 16 - digits.count) + digits
        return half + String(half.reversed())
    }
}
