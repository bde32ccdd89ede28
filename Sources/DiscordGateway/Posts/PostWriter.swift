import Logging
import Protocol
import Synchronization

/// Carries out what ``PartDelivery`` says.
final class PostWriter: Sendable {
    private let api: any DiscordAPI
    private let box: any BoxConnection
    private let permissions: PermissionWatch
    private let bot: Snowflake
    private let logger: Logger
    private let locked = Mutex<Set<Snowflake>>([])

    /// A writer for our bot's own messages.
    init(
        api: any DiscordAPI, box: any BoxConnection, permissions: PermissionWatch,
        bot: Snowflake, logger: Logger
    ) {
        self.api = api
        self.box = box
        self.permissions = permissions
        self.bot = bot
        self.logger = logger
    }

    /// Sends what is missing of some parts; `nil` if the post is no more.
    func write(_ parts: PartDelivery, to post: Snowflake) async -> DeliveryVerdict? {
        var parts = parts
        while true {
            switch parts.next() {
            case .readBack(let after): await self.readBack(after, in: post, &parts)
            case .send where !self.box.isFresh: parts.paused(reason: "the broker is silent")
            case .send(let part):
                let outcome = await self.api.createMessage(in: post, part).map(\.id)
                await self.lookIfForbidden(outcome.split().failure)
                parts.sent(outcome)
            case .unarchive: parts.unarchived(await self.api.archive(post, false))
            case .postIsGone: return nil
            case .end(let verdict):
                self.note(isLocked: parts.isLocked, verdict, post)
                return verdict
            }
        }
    }

    private func readBack(
        _ after: Snowflake, in post: Snowflake, _ parts: inout PartDelivery
    ) async {
        guard await self.permissions.mayRead() else { return parts.readingForbidden() }
        switch await self.api.allMessages(in: post, after: after).split() {
        case (let messages?, _): parts.readBack(messages, bot: self.bot)
        case (nil, let failure): parts.readBackFailed(failure)
        }
    }

    /// A refusal may mean that a permission was taken: the sentence says which.
    private func lookIfForbidden(_ failure: DiscordOutcome<Never>) async {
        guard case .rejected(let rejection) = failure, rejection.isForbidden else { return }
        self.permissions.forget()
        await self.permissions.look()
    }

    /// Something couldn't be done in a post: says, once of each, if that is because it is locked.
    func failed(_ failure: DiscordOutcome<Never>, in post: Snowflake) {
        guard case .rejected(let rejection) = failure, rejection.isLocked || rejection.isArchived
        else { return }
        self.note(isLocked: true, nil, post)
    }

    /// Says once of each post that it is locked, and once that it no longer is.
    private func note(isLocked: Bool, _ verdict: DeliveryVerdict?, _ post: Snowflake) {
        if isLocked {
            guard self.locked.withLock({ $0.insert(post).inserted }) else { return }
            self.logger.error(
                "attention needed",
                metadata: [
                    "subject": "post", "post": "\(post)",
                    "advice": """
                    Unlock this post, or delete it so that the conversation goes on in a new one, \
                    or give the bot Manage Threads: what the visitor writes waits until then.
                    """,
                ])
        } else if case .handled = verdict {
            guard self.locked.withLock({ $0.remove(post) }) != nil else { return }
            self.logger.notice("mended", metadata: ["subject": "post", "post": "\(post)"])
        }
    }
}
