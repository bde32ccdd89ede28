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
    }

    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Which posts are bound.
    var book: PostBook
    /// Whether a search that finds nothing proves anything.
    var permissions: PermissionWatch
    /// Our bot's own user.
    var bot: Snowflake
    /// The forum.
    var forum: DiscordChannel
    /// What begins a note, for the card.
    var notePrefix: String
    /// Until when requests of unknown outcome may still take effect.
    var settling: SettleTimes
    /// Whether the broker may have forgotten that posts were made: its database was put back.
    var mustSearch: Bool
    /// For what operators of ChatBox should know.
    var logger: Logger

    /// Makes the post of a conversation; `lost` is the one that it takes the place of.
    func make(
        for conversation: ConversationID, properties: [String: String], replacing lost: Snowflake?
    ) async throws -> Ending {
        guard let key = Name("creating:\(conversation)") else {
            return .later(after: .seconds(60), reason: "the conversation's uid is no key")
        }
        let record = try await self.box.value(of: key)
        var creation = PostCreation(
            isRecorded: record != .null, mustSearch: self.mustSearch,
            hasSettled: self.settling.hasPassed(for: conversation))
        var step = creation.start()
        while true {
            switch step {
            case .record:
                try await self.box.keep(["forum": .string(self.forum.id.description)], as: key)
                step = creation.recorded()
            case .settle:
                // Waiting here would take a place from other conversations.
                return .later(
                    after: self.settling.begin(for: conversation),
                    reason: "a post may be in the making")
            case .search:
                step = try await self.search(for: conversation, lost, &creation)
            case .create(let neutralName):
                let outcome = await self.create(conversation, properties, neutralName, lost != nil)
                step = creation.created(outcome)
            case .bind(let post):
                step = try await self.bind(conversation, to: post, replacing: lost, &creation)
            case .forget:
                try await self.box.keep(.null, as: key)
                step = creation.forgotten()
            case .finished(let post, let adopted): return .post(post, adopted: adopted)
            case .giveUp(let wait, let reason): return .later(after: wait, reason: reason)
            }
        }
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
            notePrefix: self.notePrefix, isSuccessor: isSuccessor)
        return await self.api.createPost(in: self.forum.id, name: name, card: card).map(\.id)
    }

    private func bind(
        _ conversation: ConversationID, to post: Snowflake, replacing lost: Snowflake?,
        _ creation: inout PostCreation
    ) async throws -> PostCreation.Step {
        guard let peer = post.peer else {
            return .giveUp(after: .seconds(60), reason: "the post's id is no peer id")
        }
        try await self.box.bind(conversation, to: peer, replacing: lost?.peer)
        self.book.bind(post, to: conversation)
        self.logger.info(
            "post bound", metadata: ["conversation": "\(conversation)", "post": "\(post)"])
        return creation.bound(post)
    }

    private func search(
        for conversation: ConversationID, _ lost: Snowflake?, _ creation: inout PostCreation
    ) async throws -> PostCreation.Step {
        guard await self.permissions.mayRead() else {
            return creation.searchFailed(
                after: .seconds(30), reason: "a permission to read is missing")
        }
        let search = PostSearch(api: self.api, book: self.book, bot: self.bot, forum: self.forum)
        switch await search.post(with: conversation, except: lost) {
        case .ok(let post): return creation.searched(found: post)
        case .rejected(let rejection):
            return creation.searchFailed(after: .seconds(60), reason: rejection.description)
        case .postponed(let wait, let reason):
            return creation.searchFailed(after: wait, reason: reason)
        case .unknown(let reason):
            return creation.searchFailed(after: .seconds(5), reason: reason)
        }
    }
}
