import Synchronization

/// Knows what those who write are on the server. The Gateway tells it with each message; messages
/// that are read by REST don't say it.
final class People: Sendable {
    private struct Known {
        var member: DiscordMember?
        var learnedAt: ContinuousClock.Instant
    }

    /// How long it holds: a name or a role that changes shows after this time, also to readers.
    private static let lifetime = Duration.seconds(600)
    /// People who are remembered before all are forgotten: a team is smaller.
    private static let knownMax = 1_000

    private let api: any DiscordAPI
    private let guild: Snowflake?
    private let rolesMatter: Bool
    private let known = Mutex<[Snowflake: Known]>([:])

    /// Knows nobody yet; `rolesMatter` if messages of some people stay internal.
    init(api: any DiscordAPI, guild: Snowflake?, rolesMatter: Bool) {
        self.api = api
        self.guild = guild
        self.rolesMatter = rolesMatter
    }

    /// The message with what its author is on the server; `nil` if that matters and can't be found
    /// out now.
    func completed(_ message: DiscordMessage) async -> DiscordMessage? {
        guard let author = message.author, message.isSpoken, let guild = self.guild else {
            return message
        }
        if let member = author.member {
            self.learn(member, of: author.id)
            return message
        }
        var completed = message
        if let known = self.remembered(author.id) {
            completed.author?.member = known.member
            return completed
        }
        switch await self.api.member(author.id, of: guild) {
        case .ok(let member):
            self.learn(member, of: author.id)
            completed.author?.member = member
        // Whoever has left the server has no role there.
        case .rejected(let rejection) where rejection.isUnknownMember:
            self.learn(nil, of: author.id)
        case .rejected, .postponed, .unknown: return self.rolesMatter ? nil : message
        }
        return completed
    }

    private func remembered(_ user: Snowflake) -> Known? {
        self.known.withLock { known in
            known[user].flatMap { $0.learnedAt + Self.lifetime > .now ? $0 : nil }
        }
    }

    private func learn(_ member: DiscordMember?, of user: Snowflake) {
        self.known.withLock { known in
            if known.count >= Self.knownMax { known = [:] }
            known[user] = Known(member: member, learnedAt: .now)
        }
    }
}
