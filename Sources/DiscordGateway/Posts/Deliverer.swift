import Logging
import Protocol
import Synchronization

/// Brings visitors' messages into their posts.
final class Deliverer: Sendable {
    private struct State {
        var memory = DeliveryMemory()
        var isClosing = false
    }

    private let api: any DiscordAPI
    private let maker: PostMaker
    private let book: PostBook
    private let desk: InboundDesk
    private let seen: SeenDesk
    private let permissions: PermissionWatch
    private let logger: Logger
    private let state = Mutex(State())

    /// A deliverer.
    init(
        api: any DiscordAPI, maker: PostMaker, desk: InboundDesk, seen: SeenDesk,
        permissions: PermissionWatch, logger: Logger
    ) {
        self.api = api
        self.maker = maker
        self.book = maker.book
        self.desk = desk
        self.seen = seen
        self.permissions = permissions
        self.logger = logger
    }

    /// Nothing new is begun any more.
    func close() { self.state.withLock { $0.isClosing = true } }

    /// The connection to the broker was lost: another process may act for us meanwhile.
    func doubtAll() { self.state.withLock { $0.memory.forgetAll() } }

    /// Brings one event of a visitor into its conversation's post.
    func deliver(_ delivery: Delivery) async -> DeliveryVerdict {
        // A kind that this version doesn't know asks nothing of Discord.
        guard delivery.event.kind == Event.message else { return .handled(delivery.external) }
        let (isClosing, isInDoubt) = self.state.withLock { state in
            defer { state.memory.began(delivery.conversation) }
            return (state.isClosing, state.memory.isInDoubt(delivery.conversation))
        }
        guard !isClosing else {
            return .later(after: .zero, delivery.external, reason: "the gateway is shutting down")
        }
        let verdict = await self.attempt(delivery, isInDoubt: isInDoubt)
        self.note(verdict, delivery)
        return self.state.withLock { $0.memory.ended(verdict, in: delivery.conversation) }
    }

    private func attempt(_ delivery: Delivery, isInDoubt: Bool) async -> DeliveryVerdict {
        let parts = MessageParts.of(delivery.event)
        guard !parts.isEmpty else {
            return .deadLetter(
                code: "empty", reason: "The message holds nothing that can be seen.", [])
        }
        do {
            return try await self.attempt(delivery, parts, isInDoubt: isInDoubt)
        } catch let refused as Refused {
            return .later(after: .seconds(10), delivery.external, reason: refused.message)
        } catch {
            return .later(after: .zero, delivery.external, reason: "the gateway is shutting down")
        }
    }

    private func attempt(
        _ delivery: Delivery, _ parts: [MessagePart], isInDoubt: Bool
    ) async throws -> DeliveryVerdict {
        let known =
            self.book.post(of: delivery.conversation)
            ?? delivery.peer.flatMap { Snowflake($0) }
        var isInDoubt = isInDoubt
        var post: Snowflake
        if let known {
            post = known
            self.book.bind(known, to: delivery.conversation)
        } else {
            switch try await self.makePost(delivery, replacing: nil) {
            case .post(let made, let adopted): (post, isInDoubt) = (made, adopted)
            case .later(let wait, let reason):
                return .later(after: wait, delivery.external, reason: reason)
            }
        }
        if let verdict = await self.send(parts, delivery, to: post, isInDoubt: isInDoubt) {
            return verdict
        }
        return try await self.moveToNewPost(delivery, parts, from: post)
    }

    /// Sends the parts; `nil` if the post is no more.
    private func send(
        _ parts: [MessagePart], _ delivery: Delivery, to post: Snowflake, isInDoubt: Bool
    ) async -> DeliveryVerdict? {
        var lane = PartDelivery(
            parts: parts, post: post, external: delivery.external,
            lastExternal: delivery.lastExternal, isInDoubt: isInDoubt)
        while true {
            switch lane.next() {
            case .readBack(let after): await self.readBack(after, in: post, &lane)
            case .send where !self.maker.box.isFresh: lane.paused(reason: "the broker is silent")
            case .send(let part):
                lane.sent(await self.api.createMessage(in: post, part).map(\.id))
            case .postIsGone: return nil
            case .end(let verdict): return verdict
            }
        }
    }

    private func readBack(
        _ after: Snowflake, in post: Snowflake, _ lane: inout PartDelivery
    ) async {
        guard await self.permissions.mayRead() else { return lane.readingForbidden() }
        switch await self.api.allMessages(in: post, after: after) {
        case .ok(let messages): lane.readBack(messages, bot: self.maker.bot)
        case .rejected(let rejection): lane.readBackFailed(.rejected(rejection))
        case .postponed(let wait, let reason):
            lane.readBackFailed(.postponed(after: wait, reason: reason))
        case .unknown(let reason): lane.readBackFailed(.unknown(reason: reason))
        }
    }

    /// A post is believed to be deleted only while its forum still answers.
    private func moveToNewPost(
        _ delivery: Delivery, _ parts: [MessagePart], from lost: Snowflake
    ) async throws -> DeliveryVerdict {
        guard case .ok = await self.api.channel(self.maker.forum.id) else {
            return .later(
                after: .seconds(60), delivery.external, reason: "the channel can't be reached")
        }
        switch try await self.makePost(delivery, replacing: lost) {
        case .later(let wait, let reason):
            return .later(after: wait, delivery.external, reason: reason)
        case .post(let post, let adopted):
            return await self.send(parts, delivery, to: post, isInDoubt: adopted)
                ?? .later(after: .seconds(10), [], reason: "the new post is gone, too")
        }
    }

    private func makePost(
        _ delivery: Delivery, replacing lost: Snowflake?
    ) async throws -> PostMaker.Ending {
        let ending = try await self.maker.make(
            for: delivery.conversation, properties: delivery.properties, replacing: lost)
        if case .post(let post, _) = ending {
            // What operators wrote before the post was bound was told to nobody.
            self.desk.readBack(post)
        }
        return ending
    }

    private func note(_ verdict: DeliveryVerdict, _ delivery: Delivery) {
        var details: Logger.Metadata = [
            "conversation": "\(delivery.conversation)", "seq": "\(delivery.event.seq)",
        ]
        switch verdict {
        case .handled(let external):
            self.seen.delivered(delivery.event.seq, as: external, in: delivery.conversation)
            self.logger.debug("delivered", metadata: details)
        case .later(let wait, _, let reason):
            details["wait"] = "\(wait)"
            details["reason"] = "\(reason)"
            self.logger.info("delivery put off", metadata: details)
        case .deadLetter(let code, let reason, _):
            details["code"] = "\(code)"
            details["reason"] = "\(reason)"
            self.logger.warning("delivery refused for good", metadata: details)
        }
    }
}
