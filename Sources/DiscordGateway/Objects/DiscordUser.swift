import StrictJSON

/// Someone who writes in Discord. Only the id is certain to be there.
struct DiscordUser: Equatable, Sendable {
    /// The user's id.
    var id: Snowflake
    /// The unique name.
    var username: String?
    /// The name that the user chose for everywhere.
    var globalName: String?
    /// The name on this server.
    var nick: String?
    /// Whether it is a program.
    var isBot = false

    /// Reads a user object; `member`, where there is one, holds the name on the server.
    init?(_ value: JSONValue?, member: JSONValue? = nil) {
        guard let value, let id = value["id"]?.string.flatMap({ Snowflake($0) }) else {
            return nil
        }
        self.id = id
        self.username = value["username"]?.string
        self.globalName = value["global_name"]?.string
        self.nick = (member ?? value["member"])?["nick"]?.string
        self.isBot = value["bot"]?.bool == true || value["system"]?.bool == true
    }

    /// The name that people see.
    var displayName: String? {
        [self.nick, self.globalName, self.username].lazy.compactMap { $0 }.first { !$0.isEmpty }
    }
}
