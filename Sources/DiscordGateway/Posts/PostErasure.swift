import Logging
import Protocol
import StrictJSON

/// Removes what Discord has of a conversation that was erased: its post, second ones, and one that
/// may be in the making; then whatever the broker's small store keeps of it.
///
/// Each step can be repeated without changing anything more.
struct PostErasure: Sendable {
    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Which posts are bound.
    var book: PostBook
    /// Whether a search that finds nothing proves anything.
    var permissions: PermissionWatch
    /// Finds posts by their cards.
    var search: PostSearch
    /// Until when a post that was asked for may still come to be.
    var settling: SettleTimes
    /// Whether the broker may have forgotten posts.
    var forgotten: ForgottenPosts
    /// Remembers operators' messages.
    var marks: MarkDesk
    /// Tells what to mend.
    var advice: Advice
    /// For what happened.
    var logger: Logger

    /// Posts of one conversation that one delivery removes: there is hardly ever a second.
    private static let postsMax = 20

    /// Removes everything; handled when nothing is left.
    func erase(_ delivery: Delivery, known: Snowflake?) async throws -> DeliveryVerdict {
        let conversation = delivery.conversation
        let posts = Set([known, delivery.peer.flatMap { Snowflake($0) }].compactMap { $0 })
        for post in posts.sorted() {
            if let verdict = await self.remove(post) { return verdict }
        }
        guard let key = PostMaker.record(of: conversation) else { return .handled([]) }
        let isInDoubt = try await self.box.value(of: key) != .null || self.forgotten.mayExist
        if isInDoubt, let wait = self.settling.wait(for: conversation) {
            return .later(after: wait, [], reason: "a post may be in the making")
        }
        if let verdict = await self.removeFound(conversation) { return verdict }
        try await self.box.keep(.null, as: key)
        self.book.forget(conversation)
        self.marks.forget(conversation)
        try await BoxState.keep(gonePosts: self.book.gone, self.box)
        self.advice.mended(.erasure)
        self.logger.notice("conversation erased", metadata: ["conversation": "\(conversation)"])
        return .handled([])
    }

    /// Removes every post whose card holds the uid; `nil` if none is left.
    private func removeFound(_ conversation: ConversationID) async -> DeliveryVerdict? {
        for _ in 0..<Self.postsMax {
            guard await self.permissions.mayRead() else {
                return .later(
                    after: .seconds(30), [], reason: "a permission to read is missing")
            }
            let found = await self.search.post(with: conversation, except: nil)
            guard case (let found?, _) = found.split() else {
                return DeliveryVerdict(failed: found.split().failure, [], isAboutMessage: false)
            }
            guard let post = found?.post else { return nil }
            if let verdict = await self.remove(post) { return verdict }
        }
        return .later(after: .seconds(1), [], reason: "it has many posts")
    }

    /// Removes one post; `nil` if it is gone.
    func remove(_ post: Snowflake) async -> DeliveryVerdict? {
        guard self.box.isFresh else {
            return .later(after: .seconds(1), [], reason: "the broker is silent")
        }
        let outcome = await self.api.deletePost(post)
        guard case (nil, let failure) = outcome.split() else {
            self.logger.info("post removed", metadata: ["post": "\(post)"])
            return nil
        }
        if case .rejected(let rejection) = failure {
            if rejection.isUnknownChannel {
                // A post is believed to be deleted only while its forum still answers.
                if case .ok = await self.api.channel(self.search.forum.id) { return nil }
                return .later(
                    after: .seconds(60), [], reason: "the channel can't be reached")
            }
            if rejection.isForbidden {
                self.advice.give(
                    .erasure,
                    "Conversations were erased whose posts the bot may not delete. Give it the "
                        + "permission Manage Threads in the channel \(self.search.forum.id), or "
                        + "delete the posts by hand: \(post) first. The erasure waits for that.")
            }
        }
        return DeliveryVerdict(failed: failure, [], isAboutMessage: false)
    }
}
