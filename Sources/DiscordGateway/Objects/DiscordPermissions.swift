/// What somebody may do in the channel, computed as Discord does.
struct DiscordPermissions: Equatable, Sendable {
    /// The bits, as Discord numbers them.
    var bits: UInt64

    /// A permission that ChatBox needs.
    enum Needed: String, CaseIterable, Sendable {
        case viewChannel = "View Channel"
        case readMessageHistory = "Read Message History"
        case sendMessages = "Send Messages (in a forum: Create Posts)"
        case createPublicThreads = "Create Public Threads"
        case sendMessagesInThreads = "Send Messages in Threads (in a forum: in Posts)"
        case embedLinks = "Embed Links"
        case addReactions = "Add Reactions"

        /// The permission's bit.
        var bit: UInt64 {
            switch self {
            case .viewChannel: 1 << 10
            case .readMessageHistory: 1 << 16
            case .sendMessages: 1 << 11
            case .createPublicThreads: 1 << 35
            case .sendMessagesInThreads: 1 << 38
            case .embedLinks: 1 << 14
            case .addReactions: 1 << 6
            }
        }

        /// What is needed in a channel: a forum's posts are made with another permission than a
        /// text channel's threads.
        static func all(in channel: DiscordChannel) -> [Needed] {
            self.allCases.filter {
                $0 != (channel.isText ? .sendMessages : .createPublicThreads)
            }
        }
    }

    private static let administrator: UInt64 = 1 << 3
    private static let mentionEveryone: UInt64 = 1 << 17

    /// The permissions of a member in a channel.
    init(guild: DiscordGuild, member: DiscordMember, user: Snowflake, channel: DiscordChannel) {
        self.init(guild: guild, roles: member.roles, user: user, channel: channel)
    }

    /// The permissions of whoever has no role.
    static func everyone(guild: DiscordGuild, channel: DiscordChannel) -> DiscordPermissions {
        DiscordPermissions(guild: guild, roles: [], user: nil, channel: channel)
    }

    private init(
        guild: DiscordGuild, roles: [Snowflake], user: Snowflake?, channel: DiscordChannel
    ) {
        let roles = roles.filter { $0 != guild.id }
        var bits = roles.reduce(guild.roles[guild.id] ?? 0) { $0 | (guild.roles[$1] ?? 0) }
        let isOwner = user != nil && user == guild.owner
        guard !isOwner, bits & Self.administrator == 0 else {
            self.bits = .max
            return
        }
        // Discord's order: everyone, then all roles together, then the member itself.
        for overwrite in channel.overwrites where !overwrite.isMember && overwrite.id == guild.id {
            bits = bits & ~overwrite.deny | overwrite.allow
        }
        let ofRoles = channel.overwrites.filter { !$0.isMember && roles.contains($0.id) }
        bits &= ~ofRoles.reduce(0) { $0 | $1.deny }
        bits |= ofRoles.reduce(0) { $0 | $1.allow }
        for overwrite in channel.overwrites where overwrite.isMember && overwrite.id == user {
            bits = bits & ~overwrite.deny | overwrite.allow
        }
        self.bits = bits
    }

    /// Whether something is permitted.
    func allows(_ permission: Needed) -> Bool { self.bits & permission.bit != 0 }

    /// Whether roles that don't let themselves be mentioned by anyone can be mentioned.
    var mayMentionAnyRole: Bool { self.bits & Self.mentionEveryone != 0 }

    /// What is missing, in words.
    func missing(in channel: DiscordChannel) -> [Needed] {
        let needed = Needed.all(in: channel)
        // Who can't see a channel can do nothing there, whatever else is allowed.
        guard self.allows(.viewChannel) else { return needed }
        return needed.filter { !self.allows($0) }
    }
}
