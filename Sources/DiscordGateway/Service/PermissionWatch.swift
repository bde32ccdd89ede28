import Synchronization

/// Knows whether Discord would let us read: without that permission it answers an empty list, which
/// would look like "nothing is there".
final class PermissionWatch: Sendable {
    private struct Finding {
        var mayRead: Bool
        var foundAt: ContinuousClock.Instant
    }

    /// How long a finding holds.
    private static let lifetime = Duration.seconds(30)

    private let api: any DiscordAPI
    private let bot: Snowflake
    private let channel: Snowflake
    private let advice: Advice
    private let finding = Mutex<Finding?>(nil)

    /// A watch over our bot's permissions in a channel.
    init(api: any DiscordAPI, bot: Snowflake, channel: Snowflake, advice: Advice) {
        self.api = api
        self.bot = bot
        self.channel = channel
        self.advice = advice
    }

    /// Whether what we read now is all there is. False also while it can't be found out.
    func mayRead() async -> Bool {
        let known = self.finding.withLock { $0 }
        if let known, known.foundAt + Self.lifetime > .now { return known.mayRead }
        guard let missing = await self.missing() else { return false }
        let mayRead = !missing.contains(.viewChannel) && !missing.contains(.readMessageHistory)
        self.finding.withLock { $0 = Finding(mayRead: mayRead, foundAt: .now) }
        self.advise(missing)
        return mayRead
    }

    private func missing() async -> [DiscordPermissions.Needed]? {
        guard case .ok(let channel) = await self.api.channel(self.channel),
            let id = channel.guild, case .ok(let guild) = await self.api.guild(id),
            case .ok(let member) = await self.api.member(self.bot, of: id)
        else { return nil }
        return DiscordPermissions(guild: guild, member: member, user: self.bot, channel: channel)
            .missing
    }

    private func advise(_ missing: [DiscordPermissions.Needed]) {
        guard !missing.isEmpty else { return self.advice.mended(.permissions) }
        let names = missing.map(\.rawValue).joined(separator: ", ")
        self.advice.give(
            .permissions, "Give the bot these permissions in the channel \(self.channel): \(names)."
        )
    }
}
