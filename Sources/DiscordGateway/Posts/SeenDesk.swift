import Logging
import Protocol
import Synchronization

/// Tells the broker what operators have seen.
final class SeenDesk: Sendable {
    private enum News: Sendable {
        /// Up to this event all was seen.
        case seen(Int64, ConversationID)
        /// An operator acted: what stands above a message, or all there is, was seen.
        case acted(before: Snowflake?, ConversationID)
    }

    private let api: any DiscordAPI
    private let box: any BoxConnection
    private let book: PostBook
    private let bot: Snowflake
    private let logger: Logger
    private let tracker = Mutex(SeenTracker())
    private let (news, tell) = AsyncStream.makeStream(
        of: News.self, bufferingPolicy: .bufferingNewest(256))

    /// A desk that reports to this broker.
    init(
        api: any DiscordAPI, box: any BoxConnection, book: PostBook, bot: Snowflake,
        logger: Logger
    ) {
        self.api = api
        self.box = box
        self.book = book
        self.bot = bot
        self.logger = logger
    }

    /// An event is in Discord since `now`, in milliseconds since 1970; the messages that it became
    /// say so better, if there are any.
    func delivered(
        _ seq: Int64, as external: [ExternalID], at now: Int64, in conversation: ConversationID
    ) {
        let newest = external.compactMap { Snowflake($0) }.max() ?? Snowflake(at: now)
        let seen = self.tracker.withLock {
            $0.delivered(.init(seq: seq, newest: newest), in: conversation)
        }
        if let seen { self.tell.yield(.seen(seen, conversation)) }
    }

    /// Nothing is kept of a conversation any more.
    func forget(_ conversation: ConversationID) {
        self.tracker.withLock { $0.forget(conversation) }
    }

    /// An operator wrote in a conversation's post.
    func operatorWrote(_ message: Snowflake, in conversation: ConversationID) async throws {
        try await self.acted(before: message, in: conversation)
    }

    /// An operator put a reaction beneath a message.
    func operatorReacted(to message: Snowflake, in conversation: ConversationID) {
        // What is above it was seen, and itself.
        guard message.value < .max else { return }
        self.tell.yield(.acted(before: Snowflake(message.value + 1), conversation))
    }

    /// An operator types: whatever stands there was seen.
    func operatorLooked(in conversation: ConversationID) {
        self.tell.yield(.acted(before: nil, conversation))
    }

    /// Reports what was seen without being written, until cancelled.
    func run() async throws {
        for await news in self.news {
            switch news {
            case .seen(let seq, let conversation): try await self.report(seq, in: conversation)
            case .acted(let message, let conversation):
                try await self.acted(before: message, in: conversation)
            }
        }
    }

    private func acted(
        before message: Snowflake?, in conversation: ConversationID
    ) async throws {
        if !self.tracker.withLock({ $0.knows(conversation) }) {
            await self.learn(conversation)
            try Task.checkCancellation()
        }
        let seq = self.tracker.withLock { $0.saw(before: message, in: conversation) }
        if let seq { try await self.report(seq, in: conversation) }
    }

    /// Asks, once in each conversation, which events the newest messages are. Without an answer only
    /// what this process delivers counts.
    private func learn(_ conversation: ConversationID) async {
        let earlier = await self.standing(conversation)
        self.tracker.withLock { $0.learned(earlier, in: conversation) }
    }

    private func standing(_ conversation: ConversationID) async -> [SeenTracker.Standing] {
        guard let post = self.book.post(of: conversation),
            case .ok(let page) = await self.api.newestMessages(in: post)
        else { return [] }
        let own = page.filter { $0.author?.id == self.bot && $0.id > post }.map(\.id)
        guard !own.isEmpty, let known = try? await self.box.known(own, in: conversation) else {
            return []
        }
        var newest: [Int64: Snowflake] = [:]
        for entry in known where !entry.isOwn {
            guard let seq = entry.seq, let id = Snowflake(entry.id) else { continue }
            newest[seq] = max(newest[seq] ?? id, id)
        }
        return newest.map { SeenTracker.Standing(seq: $0.key, newest: $0.value) }
    }

    private func report(_ seq: Int64, in conversation: ConversationID) async throws {
        do {
            try await self.box.report(conversation, seenUpTo: seq)
        } catch let refused as Refused {
            // A receipt lost is a nicety lost: the next one is higher.
            self.logger.info("receipt refused", metadata: ["code": "\(refused.code)"])
        }
    }
}
