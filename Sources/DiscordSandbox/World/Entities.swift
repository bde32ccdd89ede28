import StrictJSON

/// A bot or a person.
struct User: Equatable, Sendable {
    let id: Snowflake
    /// The display name.
    let name: String
    var isBot: Bool
    /// Besides @everyone.
    var roles: [Snowflake]
    /// The name in this guild, if it is another one.
    var nick: String?
    /// The hash of their picture, and of the one for this guild: see `AvatarPicture`.
    var avatar: String?
    var guildAvatar: String?

    /// A handle in the alphabet of Discord's user names.
    var username: String {
        let handle = self.name.lowercased().unicodeScalars.filter { scalar in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
        }
        return handle.isEmpty ? "operator" : String(String.UnicodeScalarView(handle).prefix(32))
    }
}

/// A role of the guild.
struct Role: Equatable, Sendable {
    let id: Snowflake
    let name: String
    var permissions: Permissions
    /// Higher ones stand further up; 0 is @everyone.
    var position: Int64
    var isMentionable = false
    /// The bot that brought it along.
    var bot: Snowflake?
}

/// A channel of the guild that holds threads.
struct GuildChannel: Equatable, Sendable {
    /// Discord's numbers of the two kinds that are spoken here.
    enum Kind: Int64, Sendable {
        case text = 0
        case forum = 15
    }

    let id: Snowflake
    let kind: Kind
    let name: String
    var overwrites: [PermissionOverwrite] = []
    /// A text channel's own; a forum has none.
    var log = MessageLog()
}

/// What a channel gives or takes of somebody's permissions.
struct PermissionOverwrite: Equatable, Sendable {
    /// A role's id, or a member's.
    let id: Snowflake
    let isMember: Bool
    var allow: Permissions
    var deny: Permissions
}

/// A thread of a channel: a forum's post, whose id is its first message's, or a text channel's
/// thread, whose id is that of the message that it hangs on, or its own.
struct ChannelThread: Equatable, Sendable {
    let id: Snowflake
    let parent: Snowflake
    var name: String
    let owner: Snowflake
    var isArchived = false
    var isLocked = false
    /// Minutes of silence until Discord would archive it; the sandbox never does by itself.
    var autoArchiveMinutes: Int64
    var appliedTags: [Snowflake] = []
    /// When it was last archived or unarchived, in milliseconds since 1970.
    var archiveMilliseconds: Int64
    var log = MessageLog()

    var messages: [Message] { self.log.messages }
}

/// The application's switches in Discord's developer portal.
struct ApplicationState: Equatable, Sendable {
    /// The privileged intent that shows what others write.
    var messageContent = true
    /// Whether the bot's token was revoked.
    var isRevoked = false
}
