/// What our bot may do in the channel, computed as Discord does.
struct DiscordPermissions: Equatable, Sendable {
    /// The bits, as Discord numbers them.
    var bits: UInt64

    /// A permission that ChatBox can't work without.
    enum Needed: String, CaseIterable, Sendable {
        case viewChannel = "View Channel"
        case readMessageHistory = "Read Message History"
        case sendMessages = "Send Messages (in a forum: Create Posts)"
        case sendMessagesInThreads = "Send Messages in Threads (in a forum: in Posts)"
        case embedLinks = "Embed Links"

        /// The permission's bit.
        var bit: UInt64 {
            switch self {
            case .viewChannel: 1 << 10
            case .readMessageHistory: 1 << 16
            case .sendMessages: 1 << 11
            case .sendMessagesInThreads: 1 << 38
            case .embedLinks: 1 << 14
            }
        }
    }

    private static let administrator: UInt64 = 1 << 3

    /// The permissions of a member in a channel.
    init(guild: DiscordGuild, member: DiscordMember, user: Snowflake, channel: DiscordChannel) {
        let roles = member.roles.filter { $0 != guild.id }
        var bits = roles.reduce(guild.roles[guild.id] ?? 0) { $0 | (guild.roles[$1] ?? 0) }
        guard user != guild.owner, bits & Self.administrator == 0 else {
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

    /// What is missing, in words.
    var missing: [Needed] {
        // Who can't see a channel can do nothing there, whatever else is allowed.
        guard self.bits & Needed.viewChannel.bit != 0 else { return Needed.allCases }
        return Needed.allCases.filter { self.bits & $0.bit == 0 }
    }
}
