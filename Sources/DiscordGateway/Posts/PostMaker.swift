import Logging
import Protocol
import StrictJSON

/// Makes or adopts a conversation's post: carries out what ``PostCreation`` says.
struct PostMaker: Sendable {
    /// How the making ended.
    enum Ending: Equatable, Sendable {
        /// The post is there and bound. An adopted one may hold messages already.
        case post(Snowflake, adopted: Bool)
        /// Not now.
        case later(after: Duration, reason: String)
        /// There is none, and none was needed.
        case unneeded
    }

    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Which posts are bound.
    var book: PostBook
    /// Where posts wait to be read.
    var desk: InboundDesk
    /// Whether a search that finds nothing proves anything.
    var permissions: PermissionWatch
    /// Our bot's own user.
    var bot: Snowflake
    /// The forum.
    var forum: DiscordChannel
    /// What begins a note, for the card.
    var notePrefix: String
    /// Who is told of a new post, if somebody is.
    var notifyRole: Snowflake?
    /// Holds posts back while too many are made.
    var admission: PostAdmission
    /// Until when requests of unknown outcome may still take effect.
    var settling: SettleTimes
    /// Whether the broker may have forgotten that posts were made.
    var forgotten: ForgottenPosts
    /// Tells what to mend.
    var advice: Advice
    /// For what operators of ChatBox should know.
    var logger: Logger

    /// Where it is recorded that a conversation's post is being made.
    static func record(of conversation: ConversationID) -> Name? {
        Name("creating:\(conversation)")
    }

    /// Makes the post of a conversation; `lost` is the one that it takes the place of. If none is
    /// needed, one whose making was begun is looked for all the same.
    func make(
        for conversation: ConversationID, properties: [String: String], replacing lost: Snowflake?,
        isNeeded: Bool = true
    ) async throws -> Ending {
        guard let key = Self.record(of: conversation) else {
            return .later(after: .seconds(60), reason: "the conversation's uid is no key")
        }
        let record = try await self.box.value(of: key)
        var creation = PostCreation(
            isRecorded: record != .null, isNeeded: isNeeded, mustSearch: self.forgotten.mayExist,
            hasSettled: self.settling.wait(for: conversation) == nil)
        var step = creation.start()
        var isAdmitted = false
        while true {
            switch step {
            case .record, .create:
                // Before the record: it would make the next try search.
                if !isAdmitted, let held = await self.admission.wait(for: conversation) {
                    return .later(after: held.after, reason: held.reason)
                }
                isAdmitted = true
            default: break
            }
            // It may have been taken up meanwhile, because it came to be without our being told.
            if case .create = step, let post = self.bound(to: conversation, except: lost) {
                step = creation.searched(found: post)
            }
            switch step {
            case .record:
                try await self.box.keep(["forum": .string(self.forum.id.description)], as: key)
                step = creation.recorded()
            case .settle:
                // Waiting here would take a place from other conversations.
                return .later(
                    after: self.settling.wait(for: conversation) ?? .zero,
                    reason: "a post may be in the making")
            case .search:
                step = try await self.search(for: conversation, properties, lost, &creation)
            case .create(let neutralName):
                let outcome = await self.create(conversation, properties, neutralName, lost != nil)
                if case .unknown = outcome { self.settling.lostAnswer(in: conversation) }
                step = creation.created(outcome)
            case .bind(let post):
                step = try await self.bind(conversation, to: post, replacing: lost, &creation)
            case .forget:
                try await self.box.keep(.null, as: key)
                step = creation.forgotten()
            case .finished(let post, let adopted): return .post(post, adopted: adopted)
            case .giveUp(let wait, let reason): return .later(after: wait, reason: reason)
            case .unneeded: return .unneeded
            }
        }
    }

    /// The post that a conversation has, if it isn't the lost one.
    private func bound(
        to conversation: ConversationID, except lost: Snowflake?
    ) -> Snowflake? {
        self.book.post(of: conversation).flatMap { $0 == lost ? nil : $0 }
    }

    private func create(
        _ conversation: ConversationID, _ properties: [String: String], _ neutralName: Bool,
        _ isSuccessor: Bool
    ) async -> DiscordOutcome<Snowflake> {
        guard self.box.isFresh else {
            return .postponed(after: .seconds(1), reason: "the broker is silent")
        }
        let name =
            neutralName
            ? PostName.neutral(conversation)
            : PostName.of(conversation, properties: properties)
        let card = Card(
            conversation: conversation,
            visitor: neutralName ? name : PostName.visitor(conversation, properties),
            notePrefix: self.notePrefix, isSuccessor: isSuccessor, mention: self.notifyRole)
        let outcome =
            self.forum.isText
            ? await self.createThread(name, .card(card, of: conversation))
            : await self.api.createPost(in: self.forum.id, name: name, card: card).map(\.id)
        await self.advise(outcome)
        return outcome
    }

    /// A text channel's post is made without a message; its card follows. Without the card nobody
    /// knows whether the making succeeded, and the next try searches.
    private func createThread(_ name: String, _ card: Notice) async -> DiscordOutcome<Snowflake> {
        let made = await self.api.createThread(in: self.forum.id, name: name)
        guard case .ok(let thread) = made else { return made.map(\.id) }
        guard case .ok = await self.api.createNotice(in: thread.id, card) else {
            return .unknown(reason: "the post has no card yet")
        }
        return .ok(thread.id)
    }

    /// Says what to mend where a refusal isn't about this one post.
    private func advise(_ outcome: DiscordOutcome<Snowflake>) async {
        switch outcome {
        case .ok: self.advice.mended(.channel)
        case .rejected(let rejection) where rejection.isUnknownChannel:
            self.advice.give(
                .channel,
                "There is no channel \(self.forum.id) any more. Set DISCORD_CHANNEL_ID to one that "
                    + "exists, and start with another CHATBOX_DATABASE.")
        case .rejected(let rejection) where rejection.isTooManyPosts:
            self.advice.give(
                .posts,
                "The server has as many open posts and threads as Discord allows: new "
                    + "conversations wait. Close or delete some that nobody needs.")
        case .rejected(let rejection) where rejection.isForbidden:
            self.permissions.forget()
            await self.permissions.look()
        case .rejected, .postponed, .unknown: break
        }
    }

    /// Tells the broker again of the post that a conversation has.
    ///
    /// It has forgotten it where its database was put back to a copy that lacks nothing else, which
    /// nobody notices. A later process would make another post.
    func bindAgain(_ conversation: ConversationID, to post: Snowflake) async throws {
        guard let peer = post.peer else { return }
        try await self.box.bind(conversation, to: peer, replacing: nil)
        self.logger.notice(
            "post bound again", metadata: ["conversation": "\(conversation)", "post": "\(post)"])
    }

    private func bind(
        _ conversation: ConversationID, to post: Snowflake, replacing lost: Snowflake?,
        _ creation: inout PostCreation
    ) async throws -> PostCreation.Step {
        guard let peer = post.peer else {
            return .giveUp(after: .seconds(60), reason: "the post's id is no peer id")
        }
        try await self.box.bind(conversation, to: peer, replacing: lost?.peer)
        self.desk.bound(post) { self.book.bind(post, to: conversation) }
        self.logger.info(
            "post bound", metadata: ["conversation": "\(conversation)", "post": "\(post)"])
        return creation.bound(post)
    }

    private func search(
        for conversation: ConversationID, _ properties: [String: String], _ lost: Snowflake?,
        _ creation: inout PostCreation
    ) async throws -> PostCreation.Step {
        guard await self.permissions.mayRead() else {
            return creation.searchFailed(
                after: DeliveryVerdict.knownWait, reason: "a permission to read is missing")
        }
        let search = PostSearch(api: self.api, book: self.book, bot: self.bot, forum: self.forum)
        switch await search.post(with: conversation, except: lost) {
        case .ok(let found?) where !found.hasCard:
            let card = Card(
                conversation: conversation, visitor: PostName.visitor(conversation, properties),
                notePrefix: self.notePrefix, isSuccessor: lost != nil, mention: self.notifyRole)
            let notice = Notice.card(card, of: conversation)
            guard self.box.isFresh,
                case .ok = await self.api.createNotice(in: found.post, notice)
            else {
                return creation.searchFailed(
                    after: .seconds(5), reason: "the post has no card yet")
            }
            return creation.searched(found: found.post)
        case .ok(let found):
            // A post that was bound meanwhile isn't found any more.
            let post = found?.post ?? self.bound(to: conversation, except: lost)
            return creation.searched(found: post)
        case .rejected(let rejection):
            return creation.searchFailed(after: .seconds(60), reason: rejection.description)
        case .postponed(let wait, let reason):
            return creation.searchFailed(after: wait, reason: reason)
        case .unknown(let reason):
            return creation.searchFailed(after: .seconds(5), reason: reason)
        }
    }
}
