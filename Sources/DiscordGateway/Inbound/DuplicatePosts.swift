import Logging
import Protocol

/// Takes over what operators wrote in a second post of a conversation, and closes that one.
///
/// Such a post comes to be when Discord makes one long after it was asked for, and another one was
/// made meanwhile.
struct DuplicatePosts: Sendable {
    /// Discord.
    var api: any DiscordAPI
    /// Which posts are bound.
    var book: PostBook
    /// Finds out whose a post is.
    var search: PostSearch
    /// Tells the broker what operators wrote.
    var relay: OperatorRelay
    /// Whether what is read is all there is.
    var permissions: PermissionWatch
    /// For what happened.
    var logger: Logger

    /// Posts that one catch-up looks at: there is hardly ever one.
    private static let looksMax = 20

    /// Looks through open posts. What fails is tried again by the next catch-up.
    func settle(among threads: [DiscordChannel]) async throws {
        guard await self.permissions.mayRead() else { return }
        for thread in self.search.unbound(among: threads).prefix(Self.looksMax) {
            guard case .ok(let card?) = await self.search.card(of: thread.id),
                let conversation = Card.conversation(of: card),
                let post = self.book.post(of: conversation), post != thread.id
            else { continue }
            try await self.takeOver(thread.id, conversation, for: post)
        }
    }

    private func takeOver(
        _ duplicate: Snowflake, _ conversation: ConversationID, for post: Snowflake
    ) async throws {
        guard case .ok(let messages) = await self.api.allMessages(in: duplicate, after: duplicate)
        else { return }
        let entry = PostBook.Entry(post: duplicate, conversation: conversation, mark: nil)
        for message in messages {
            guard case .done = try await self.relay.written(message, in: entry, mark: nil) else {
                return
            }
        }
        let notice = Notice.duplicate(of: post, in: duplicate)
        guard case .ok = await self.api.createNotice(in: duplicate, notice),
            case .ok = await self.api.archive(duplicate, true)
        else { return }
        self.logger.notice(
            "second post closed",
            metadata: ["conversation": "\(conversation)", "post": "\(duplicate)"])
    }
}
