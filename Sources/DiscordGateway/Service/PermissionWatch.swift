import Logging
import Synchronization

/// Knows what Discord lets us do. Without the permission to read it answers an empty list, which
/// would look like "nothing is there".
final class PermissionWatch: Sendable {
    /// Whether something may be done.
    enum Answer: Equatable, Sendable {
        case granted
        case missing
        /// It can't be found out just now, or what must be mended first is missing.
        case unknown
    }

    private struct Finding {
        var missing: [DiscordPermissions.Needed]
        var foundAt: ContinuousClock.Instant
    }

    private struct State {
        var finding: Finding?
        /// Counts the changes of which we were told.
        var version = 0
    }

    /// Looks in which something changes again and again, before it counts as not to be found out.
    private static let looksMax = 3
    /// How long a finding holds, unless Discord tells of a change.
    private static let lifetime = Duration.seconds(30)

    private let api: any DiscordAPI
    private let bot: Snowflake
    private let channel: Snowflake
    private let notifyRole: Snowflake?
    private let advice: Advice
    private let logger: Logger
    private let state = Mutex(State())
    private let hasWarned = Mutex(false)
    private let changes = Bell()

    /// A watch over our bot's permissions in a channel; `notifyRole` is whom it mentions.
    init(
        api: any DiscordAPI, bot: Snowflake, channel: Snowflake, notifyRole: Snowflake?,
        advice: Advice, logger: Logger
    ) {
        self.api = api
        self.bot = bot
        self.channel = channel
        self.notifyRole = notifyRole
        self.advice = advice
        self.logger = logger
    }

    /// Whether what we read now is all there is. False also while it can't be found out.
    func mayRead() async -> Bool {
        guard let missing = await self.present() else { return false }
        return !missing.contains(.viewChannel) && !missing.contains(.readMessageHistory)
    }

    /// Whether messages can be sent in posts, as far as is known: each try without the permission would
    /// be a refusal, which Discord counts.
    func maySend() async -> Bool {
        guard let missing = await self.present() else { return true }
        return !missing.contains(.viewChannel) && !missing.contains(.sendMessagesInThreads)
    }

    /// Whether reactions can be put beneath messages.
    func reacting() async -> Answer {
        guard let missing = await self.present(), !missing.contains(.viewChannel),
            !missing.contains(.readMessageHistory)
        else { return .unknown }
        return missing.contains(.addReactions) ? .missing : .granted
    }

    /// Something changed, or a request was refused: the next question is asked anew, and whoever
    /// waits asks now.
    func forget() {
        self.state.withLock { state in
            state.finding = nil
            state.version &+= 1
        }
        self.changes.ring()
    }

    /// Waits until something changes, or until the time is over.
    func wait(atMost time: Duration) async throws { try await self.changes.wait(atMost: time) }

    /// Looks at the permissions, if they aren't known, and says what to mend.
    func look() async { _ = await self.present() }

    /// What is missing; `nil` if it can't be found out.
    private func present() async -> [DiscordPermissions.Needed]? {
        for _ in 0..<Self.looksMax {
            let (known, version) = self.state.withLock { ($0.finding, $0.version) }
            if let known, known.foundAt + Self.lifetime > .now { return known.missing }
            guard case .ok(let channel) = await self.api.channel(self.channel),
                let id = channel.guild, case .ok(let guild) = await self.api.guild(id),
                case .ok(let member) = await self.api.member(self.bot, of: id)
            else { return nil }
            let own = DiscordPermissions(
                guild: guild, member: member, user: self.bot, channel: channel)
            let missing = own.missing(in: channel)
            // What was changed while we looked may be in the answers, or not.
            let holds = self.state.withLock { state in
                guard state.version == version else { return false }
                state.finding = Finding(missing: missing, foundAt: .now)
                return true
            }
            guard holds else { continue }
            self.advise(missing)
            self.warn(channel, guild, own)
            return missing
        }
        return nil
    }

    private func advise(_ missing: [DiscordPermissions.Needed]) {
        guard !missing.isEmpty else { return self.advice.mended(.permissions) }
        let names = missing.map(\.rawValue).joined(separator: ", ")
        self.advice.give(
            .permissions, "Give the bot these permissions in the channel \(self.channel): \(names)."
        )
    }

    /// What isn't wrong, but is probably not what somebody meant; said once a process.
    private func warn(_ channel: DiscordChannel, _ guild: DiscordGuild, _ own: DiscordPermissions) {
        let isFirst = self.hasWarned.withLock { hasWarned in
            defer { hasWarned = true }
            return !hasWarned
        }
        guard isFirst else { return }
        if DiscordPermissions.everyone(guild: guild, channel: channel).allows(.viewChannel) {
            self.logger.warning(
                "everybody on the server can read what visitors write",
                metadata: [
                    "channel": "\(self.channel)",
                    "advice": "take View Channel from @everyone in that channel",
                ])
        }
        if let role = self.notifyRole, !guild.mentionable.contains(role), !own.mayMentionAnyRole {
            self.logger.warning(
                "the role of DISCORD_NOTIFY_ROLE isn't told of new conversations",
                metadata: [
                    "role": "\(role)",
                    "advice": "allow anyone to mention that role, in the server's settings",
                ])
        }
    }
}
