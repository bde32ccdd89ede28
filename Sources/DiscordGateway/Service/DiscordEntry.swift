import Logging
import ProcessShell

/// Finds out, at start, who we are in Discord and where the posts go. Waits for what may come back,
/// and fails for what won't.
struct DiscordEntry: Sendable {
    /// Who we are, and where.
    struct Place: Sendable {
        /// The application that the token belongs to.
        var application: DiscordApplication
        /// The bot's own user.
        var bot: Snowflake
        /// The forum.
        var forum: DiscordChannel
    }

    /// Discord.
    var api: any DiscordAPI
    /// The forum's id.
    var channel: Snowflake
    /// Tells what to mend.
    var advice: Advice
    /// For what happened.
    var logger: Logger

    private static let longestWait = Duration.seconds(30)

    /// The place; asks until Discord answers.
    func find() async throws -> Place {
        let application = try await self.insist(.token) { await self.api.application() }
        let bot = try await self.insist(.token) { await self.api.currentUser() }
        if application.mayReadContent == false {
            self.advice.give(
                .content,
                "Switch on \"Message Content Intent\" for the bot in Discord's developer portal, "
                    + "on the page Bot: without it nothing that operators write can be read.")
        }
        while true {
            let forum = try await self.insist(.channel) { await self.api.channel(self.channel) }
            if forum.holdsPosts, forum.guild != nil {
                self.advice.mended(.channel)
                return Place(application: application, bot: bot.id, forum: forum)
            }
            self.advice.give(
                .channel,
                "The channel \(self.channel) is neither a forum nor a text channel. Set "
                    + "DISCORD_CHANNEL_ID to one that is."
            )
            try await ContinuousClock().sleep(for: Self.longestWait)
        }
    }

    private func insist<Value: Sendable>(
        _ subject: Advice.Subject, _ ask: () async -> DiscordOutcome<Value>
    ) async throws -> Value {
        var wait = Duration.seconds(1)
        while true {
            try Task.checkCancellation()
            switch await ask() {
            case .ok(let value):
                self.advice.mended(subject)
                return value
            case .rejected(let rejection) where rejection.isUnauthorized:
                throw ProcessFailure(
                    .notPermitted,
                    "Discord refuses the token. Set DISCORD_TOKEN to the bot's present token "
                        + "(developer portal, page Bot, Reset Token).")
            case .rejected(let rejection):
                self.advice.give(subject, self.sentence(for: rejection))
                wait = Self.longestWait
            case .postponed(let atLeast, let reason):
                self.logger.info("waiting for Discord", metadata: ["reason": "\(reason)"])
                wait = max(wait, atLeast)
            case .unknown(let reason):
                self.logger.info("waiting for Discord", metadata: ["reason": "\(reason)"])
            }
            try await ContinuousClock().sleep(for: wait)
            wait = min(wait * 2, Self.longestWait)
        }
    }

    private func sentence(for rejection: DiscordRejection) -> String {
        if rejection.isUnknownChannel {
            return
                "There is no channel \(self.channel). Set DISCORD_CHANNEL_ID to one that exists; "
                + "ChatBox tries again by itself."
        }
        if rejection.isForbidden {
            return "The bot may not see the channel \(self.channel). Invite it to the server and "
                + "give it View Channel there; ChatBox tries again by itself."
        }
        return "Discord refuses a request (\(rejection)). ChatBox tries again by itself."
    }
}
