import Logging
import Protocol

/// Takes over what operators wrote in a second post of a conversation, and closes that one.
///
/// Such a post comes to be when Discord makes one long after it was asked for, and another one was
/// made meanwhile.
struct DuplicatePosts: Sendable {
    /// Discord.
    var api: any DiscordAPI
    /// Tells the broker what operators wrote.
    var relay: OperatorRelay
    /// For what happened.
    var logger: Logger

    /// How often a post is read, until nobody writes in it while it is closed. Who goes on is read
    /// when that is told.
    private static let roundsMax = 5

    /// Takes over one post; answers whether that is done.
    func takeOver(
        _ duplicate: Snowflake, _ conversation: ConversationID, for post: Snowflake
    ) async throws -> Bool {
        let entry = PostBook.Entry(post: duplicate, conversation: conversation, mark: nil)
        var last = duplicate
        var isClosed = false
        for _ in 0..<Self.roundsMax {
            guard case .ok(let messages) = await self.api.allMessages(in: duplicate, after: last)
            else { return false }
            for message in messages {
                guard case .done = try await self.relay.written(message, in: entry, mark: nil)
                else { return false }
            }
            last = messages.last?.id ?? last
            // What was said while it was being closed is read, too.
            let isQuiet = messages.allSatisfy { $0.author?.id == self.relay.translation.bot }
            if isClosed, isQuiet { break }
            guard await self.close(duplicate, .duplicate(of: post, in: duplicate)) else {
                return false
            }
            isClosed = true
        }
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
