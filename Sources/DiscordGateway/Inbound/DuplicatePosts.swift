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

    /// Looks through posts, open and archived ones. What fails is tried again by the next catch-up.
    func settle(among threads: [DiscordChannel]) async throws {
        guard await self.permissions.mayRead() else { return }
        for thread in self.search.unbound(among: threads).prefix(Self.looksMax) {
            guard await self.search.isFinished(thread) == false,
                case .ok(let card?) = await self.search.card(of: thread.id),
                let conversation = Card.conversation(of: card),
                let post = self.book.post(of: conversation), post != thread.id
            else { continue }
            _ = try await self.takeOver(thread.id, conversation, for: post)
        }
    }

    /// Takes over one post; answers whether that is done.
    func takeOver(
        _ duplicate: Snowflake, _ conversation: ConversationID, for post: Snowflake
    ) async throws -> Bool {
        guard case .ok(let messages) = await self.api.allMessages(in: duplicate, after: duplicate)
        else { return false }
        let entry = PostBook.Entry(post: duplicate, conversation: conversation, mark: nil)
        for message in messages {
            guard case .done = try await self.relay.written(message, in: entry, mark: nil) else {
                return false
            }
        }
        guard await self.close(duplicate, .duplicate(of: post, in: duplicate)) else { return false }
        self.logger.notice(
            "second post closed",
            metadata: ["conversation": "\(conversation)", "post": "\(duplicate)"])
        return true
    }

    /// Leaves a post for good; answers whether that is done.
    func close(_ post: Snowflake, _ notice: Notice) async -> Bool {
        guard self.relay.box.isFresh,
            case .ok = await self.api.createNotice(in: post, notice),
            case .ok = await self.api.archive(post, true)
        else { return false }
        return true
    }
}
