import StrictJSON

/// Someone who writes in Discord. Only the id is certain to be there.
struct DiscordUser: Equatable, Sendable {
    /// The user's id.
    var id: Snowflake
    /// The unique name.
    var username: String?
    /// The name that the user chose for everywhere.
    var globalName: String?
    /// The hash of the picture that the user chose for everywhere.
    var avatar: String?
    /// What is known of the user on this server; `nil` where Discord doesn't say, as in messages
    /// that are read by REST.
    var member: DiscordMember?
    /// Whether it is a program.
    var isBot = false

    /// Reads a user object; `member`, where there is one, says what the user is on the server.
    init?(_ value: JSONValue?, member: JSONValue? = nil) {
        guard let value, let id = value["id"]?.string.flatMap({ Snowflake($0) }) else {
            return nil
        }
        self.id = id
        self.username = value["username"]?.string
        self.globalName = value["global_name"]?.string
        self.avatar = value["avatar"]?.string
        self.member = DiscordMember(member ?? value["member"])
        self.isBot = value["bot"]?.bool == true || value["system"]?.bool == true
    }

    /// The name that people see.
    var displayName: String? {
        [self.member?.nick, self.globalName, self.username].lazy.compactMap { $0 }
            .first { !$0.isEmpty }
    }
}
