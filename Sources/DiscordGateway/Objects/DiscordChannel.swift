import StrictJSON

/// A channel or, as Discord sees it, a post: a thread is a channel with a parent.
struct DiscordChannel: Equatable, Sendable {
    /// Kinds of channels that matter here.
    enum Kind {
        /// A text channel, whose threads are the posts.
        static let text: Int64 = 0
        /// A forum, which holds posts.
        static let forum: Int64 = 15
        /// A forum whose posts are shown as pictures.
        static let media: Int64 = 16
    }

    /// A permission that a channel gives to or takes from a role or a member.
    struct Overwrite: Equatable, Sendable {
        /// The role or the member.
        var id: Snowflake
        /// Whether it is a member's.
        var isMember: Bool
        /// What is given.
        var allow: UInt64
        /// What is taken.
        var deny: UInt64
    }

    /// The id.
    var id: Snowflake
    /// The kind.
    var type: Int64
    /// The server.
    var guild: Snowflake?
    /// For a post: the forum.
    var parent: Snowflake?
    /// For a post: who made it.
    var owner: Snowflake?
    /// The newest message, perhaps deleted since.
    var lastMessage: Snowflake?
    /// For an archived post: when it was archived, as Discord's paging wants it back.
    var archivedAt: String?
    /// The name; `nil` where Discord doesn't say it.
    var name: String?
    /// Whether it is an archived post.
    var isArchived: Bool
    /// Permissions of this channel's own.
    var overwrites: [Overwrite]

    /// Reads a channel object.
    init?(_ value: JSONValue?) {
        guard let value, let id = Self.id(value["id"]) else { return nil }
        self.id = id
        self.type = value["type"]?.integer ?? -1
        self.guild = Self.id(value["guild_id"])
        self.parent = Self.id(value["parent_id"])
        self.owner = Self.id(value["owner_id"])
        self.lastMessage = Self.id(value["last_message_id"])
        let metadata = value["thread_metadata"]
        self.archivedAt = metadata?["archive_timestamp"]?.string
        self.name = value["name"]?.string
        self.isArchived = metadata?["archived"]?.bool == true
        self.overwrites = (value["permission_overwrites"]?.array ?? []).compactMap(Self.overwrite)
    }

    /// Whether conversations can have posts in it.
    var holdsPosts: Bool {
        self.type == Kind.forum || self.type == Kind.media || self.isText
    }

    /// Whether it is a text channel, where a post is a thread without a first message.
    var isText: Bool { self.type == Kind.text }

    private static func id(_ value: JSONValue?) -> Snowflake? {
        value?.string.flatMap { Snowflake($0) }
    }

    private static func overwrite(_ value: JSONValue) -> Overwrite? {
        guard let id = self.id(value["id"]) else { return nil }
        return Overwrite(
            id: id, isMember: value["type"]?.integer == 1, allow: permissionBits(value["allow"]),
            deny: permissionBits(value["deny"]))
    }
}

/// A page of posts.
struct DiscordThreadPage: Equatable, Sendable {
    /// The posts.
    var threads: [DiscordChannel]
    /// Whether older ones follow.
    var hasMore: Bool

    /// Reads a list of threads.
    init?(_ value: JSONValue?) {
        guard let value, let threads = value["threads"]?.array else { return nil }
        self.threads = threads.compactMap { DiscordChannel($0) }
        self.hasMore = value["has_more"]?.bool == true
    }
}

/// Discord writes permissions as decimal numbers in strings.
func permissionBits(_ value: JSONValue?) -> UInt64 {
    value?.string.flatMap { UInt64($0) } ?? 0
}
