import Logging
import Protocol
import Synchronization

/// Carries out what ``PartDelivery`` says.
final class PostWriter: Sendable {
    private let api: any DiscordAPI
    private let box: any BoxConnection
    private let permissions: PermissionWatch
    private let settling: SettleTimes
    private let bot: Snowflake
    private let logger: Logger
    private let locked = Mutex<Set<Snowflake>>([])
    private let duplicates = Mutex(0)
    private let unanswered = Mutex<[ConversationID: EventID]>([:])
    private let marked = Mutex<[ConversationID: EventID]>([:])

    /// A writer for our bot's own messages.
    init(
        api: any DiscordAPI, box: any BoxConnection, permissions: PermissionWatch,
        settling: SettleTimes, bot: Snowflake, logger: Logger
    ) {
        self.api = api
        self.box = box
        self.permissions = permissions
        self.settling = settling
        self.bot = bot
        self.logger = logger
    }

    /// Sends what is missing of some parts of a delivery; `nil` if the post is no more.
    func write(
        _ parts: PartDelivery, of delivery: Delivery, to post: Snowflake
    ) async -> DeliveryVerdict? {
        var parts = parts
        guard await self.permissions.maySend() else {
            parts.forbidden(reason: "a permission to write is missing")
            return self.ending(of: parts)
        }
        while true {
            switch parts.next() {
            case .readBack(let after):
                await self.readBack(after, in: post, of: delivery, &parts)
            case .send where !self.box.isFresh, .announce where !self.box.isFresh:
                parts.paused(reason: "the broker is silent")
            case .announce(let notice):
                let outcome = await self.api.createNotice(in: post, notice).map { _ in Done() }
                if case .ok = outcome { self.logPossibleDuplicate(delivery, post) }
                parts.announced(outcome)
            case .send(let part):
                let outcome = await self.api.createMessage(in: post, part).map(\.id)
                await self.lookIfForbidden(outcome.split().failure)
                if case .unknown = outcome { self.note(unanswered: delivery) }
                parts.sent(outcome)
            case .unarchive: parts.unarchived(await self.api.archive(post, false))
            case .postIsGone: return nil
            case .end(let verdict):
                if parts.isMarked {
                    self.marked.withLock { $0[delivery.conversation] = delivery.event.id }
                }
                self.note(isLocked: parts.isLocked, verdict, post)
                return verdict
            }
        }
    }

    private func readBack(
        _ after: Snowflake, in post: Snowflake, of delivery: Delivery,
        _ parts: inout PartDelivery
    ) async {
        guard await self.permissions.mayRead() else {
            return parts.forbidden(reason: "a permission to read is missing")
        }
        var lastSent: Snowflake?
        if parts.wantsLastSent {
            // Before the messages: what is sent between the two looks must not seem deleted.
            switch await self.api.channel(post).split() {
            case (let channel?, _): lastSent = channel.lastMessage
            case (nil, let failure): return parts.readBackFailed(failure)
            }
        }
        switch await self.api.allMessages(in: post, after: after).split() {
        case (let messages?, _):
            var reading = PartDelivery.Reading(
                messages: messages, bot: self.bot, lastSent: lastSent)
            guard
                let claimed = await self.claimed(
                    reading.visitors.map(\.id), in: delivery.conversation),
                let later = parts.wantsLater ? await self.later(than: delivery) : []
            else { return parts.paused(reason: "the broker doesn't say what it has") }
            reading.claimed = claimed
            reading.later = later
            parts.readBack(reading)
        case (nil, let failure): parts.readBackFailed(failure)
        }
    }

    /// The parts of what visitors said after an event, as far as the next page that holds any: whatever
    /// stands in the post beyond the event's own parts begins with what was said next.
    private func later(than delivery: Delivery) async -> Set<String>? {
        var seq = delivery.event.seq
        while true {
            guard
                let events = try? await self.box.events(after: seq, in: delivery.conversation)
            else { return nil }
            let parts = events.filter { $0.key == nil }.flatMap { MessageParts.of($0) }
            guard parts.isEmpty, let last = events.last else { return Set(parts.map(\.content)) }
            seq = last.seq
        }
    }

    /// Those of our own messages that are of events which the broker knows to be delivered.
    private func claimed(
        _ messages: [Snowflake], in conversation: ConversationID
    ) async -> Set<Snowflake>? {
        var claimed: Set<Snowflake> = []
        for page in messages.pages(of: Limits.knownIDs) {
            guard let entries = try? await self.box.known(page, in: conversation) else {
                return nil
            }
            claimed.formUnion(entries.compactMap { Snowflake($0.id) })
        }
        return claimed
    }

    private func logPossibleDuplicate(_ delivery: Delivery, _ post: Snowflake) {
        let count = self.duplicates.withLock { count in
            count += 1
            return count
        }
        self.logger.warning(
            "possible duplicate",
            metadata: [
                "conversation": "\(delivery.conversation)", "seq": "\(delivery.event.seq)",
                "post": "\(post)", "since_start": "\(count)",
            ])
    }

    /// Whether the post says of an event that it may stand there twice. It is asked once of each try.
    func takeMark(of delivery: Delivery) -> Bool {
        self.marked.withLock { $0.removeValue(forKey: delivery.conversation) } == delivery.event.id
    }

    /// Whether this process sent something of an event without hearing what became of it.
    func hasUnanswered(_ delivery: Delivery) -> Bool {
        self.unanswered.withLock { $0[delivery.conversation] == delivery.event.id }
    }

    /// Something of an event was sent, and nobody knows what became of it.
    func note(unanswered delivery: Delivery) {
        self.settling.lostAnswer(in: delivery.conversation)
        self.unanswered.withLock { $0[delivery.conversation] = delivery.event.id }
    }

    /// Nothing of a conversation is unanswered any more.
    func forget(_ conversation: ConversationID) {
        self.unanswered.withLock { _ = $0.removeValue(forKey: conversation) }
    }

    /// A notice of ours that stands in a post after a message; `nil` if everything was read and it
    /// doesn't.
    func find(
        _ notice: Notice, in post: Snowflake, after: Snowflake
    ) async -> DiscordOutcome<Snowflake?> {
        guard await self.permissions.mayRead() else {
            return .postponed(
                after: DeliveryVerdict.knownWait, reason: "a permission to read is missing")
        }
        return await self.api.allMessages(in: post, after: after).map { messages in
            let found = messages.first { message in
                message.author?.id == self.bot && message.extras.embedTexts.contains(notice.text)
            }
            return .some(found?.id)
        }
    }

    private func ending(of parts: PartDelivery) -> DeliveryVerdict? {
        guard case .end(let verdict) = parts.next() else { return nil }
        return verdict
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
