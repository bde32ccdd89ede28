import StrictJSON

/// A server: who owns it and what its roles may do.
struct DiscordGuild: Equatable, Sendable {
    /// The id; also that of the role that everyone has.
    var id: Snowflake
    /// The owner, who may do everything.
    var owner: Snowflake?
    /// Each role's permissions.
    var roles: [Snowflake: UInt64]
    /// The roles that anyone may mention.
    var mentionable: Set<Snowflake>

    /// Reads a guild object.
    init?(_ value: JSONValue?) {
        guard let value, let id = value["id"]?.string.flatMap({ Snowflake($0) }) else {
            return nil
        }
        self.id = id
        self.owner = value["owner_id"]?.string.flatMap { Snowflake($0) }
        self.roles = [:]
        self.mentionable = []
        for role in value["roles"]?.array ?? [] {
            guard let id = role["id"]?.string.flatMap({ Snowflake($0) }) else { continue }
            self.roles[id] = permissionBits(role["permissions"])
            if role["mentionable"]?.bool == true { self.mentionable.insert(id) }
        }
    }
}

/// What somebody is on a server.
struct DiscordMember: Equatable, Sendable {
    /// The roles, without that of everyone.
    var roles: [Snowflake]
    /// The name on this server.
    var nick: String?
    /// The hash of the picture on this server.
    var avatar: String?

    /// Reads a member object.
    init?(_ value: JSONValue?) {
        guard let value, value.object != nil else { return nil }
        self.roles = (value["roles"]?.array ?? []).compactMap { role in
            role.string.flatMap { Snowflake($0) }
        }
        self.nick = value["nick"]?.string
        self.avatar = value["avatar"]?.string
    }
}
