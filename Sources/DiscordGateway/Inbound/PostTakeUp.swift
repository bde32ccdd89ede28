import Logging
import Protocol
import StrictJSON

/// Takes up one of our own posts that no conversation is bound to. Its card says whose it is: it is
/// bound to that conversation; or, where the conversation has another post, read in and closed; or
/// closed or removed, where there is no such conversation any more.
struct PostTakeUp: Sendable {
    /// Why a post is looked at.
    enum Occasion: Equatable, Sendable {
        /// The database was put back to an earlier copy, which has forgotten posts and conversations. A
        /// post whose conversation isn't known is one of those.
        case recovery
        /// Nobody bound it. A post whose conversation isn't known may be another broker's.
        case unbound
        /// It came to be just now: it is left to whoever may be making it.
        case inMaking
    }

    /// How a look ended.
    enum Ending: Equatable, Sendable {
        /// Nothing is left to do.
        case done
        /// Somebody may be making it.
        case inMaking
        /// Something failed.
        case failed
    }

    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Which posts are ours.
    var book: PostBook
    /// Where posts wait to be read.
    var desk: InboundDesk
    /// Finds out whose a post is.
    var search: PostSearch
    /// Takes over second posts.
    var duplicates: DuplicatePosts
    /// Removes posts of erased conversations.
    var erasure: PostErasure
    /// For what happened.
    var logger: Logger

    /// Takes up one post.
    func takeUp(_ post: DiscordChannel, _ occasion: Occasion) async throws -> Ending {
        let mayBeInMaking = occasion == .inMaking
        guard let isFinished = await self.search.isFinished(post) else { return .failed }
        guard !isFinished else { return .done }
        guard case .ok(let card) = await self.search.card(of: post.id) else { return .failed }
        // Without a card nobody knows whose it is.
        guard let conversation = card.flatMap({ Card.conversation(of: $0) }),
            let peer = post.id.peer
        else { return mayBeInMaking ? .inMaking : .done }
        if mayBeInMaking, let key = PostMaker.record(of: conversation),
            try await self.box.value(of: key) != .null
        {
            return .inMaking
        }
        var lost: PeerID?
        if let other = self.book.post(of: conversation) {
            guard other != post.id else { return .done }
            switch await self.api.channel(other) {
            case .ok:
                let isDone = try await self.duplicates.takeOver(
                    post.id, conversation, for: other)
                return isDone ? .done : .failed
            // This one followed it.
            case .rejected(let rejection) where rejection.isUnknownChannel: lost = other.peer
            case .rejected, .postponed, .unknown: return .failed
            }
        }
        do {
            try await self.box.bind(conversation, to: peer, replacing: lost)
        } catch let refused as Refused {
            return try await self.ending(of: post.id, after: refused, occasion)
        }
        self.desk.bound(post.id) { self.book.bind(post.id, to: conversation) }
        // Nobody makes one any more.
        if !mayBeInMaking, let key = PostMaker.record(of: conversation) {
            try await self.box.keep(.null, as: key)
        }
        self.logger.notice(
            "post bound again",
            metadata: ["conversation": "\(conversation)", "post": "\(post.id)"])
        return .done
    }

    private func ending(
        of post: Snowflake, after refused: Refused, _ occasion: Occasion
    ) async throws -> Ending {
        switch refused.code {
        case .conversationGone: return await self.erasure.remove(post) == nil ? .done : .failed
        case .notFound:
            guard occasion == .recovery else { return .done }
            self.logger.notice(
                "post of a forgotten conversation closed", metadata: ["post": "\(post)"])
            return await self.duplicates.close(post, .orphan(post)) ? .done : .failed
        // It got another post just now: the next attempt sees which.
        case .bindingConflict: return .failed
        default: throw refused
        }
    }
}
