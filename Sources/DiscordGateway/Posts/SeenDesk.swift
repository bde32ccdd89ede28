import Logging
import Protocol
import Synchronization

/// Tells the broker what operators have seen.
final class SeenDesk: Sendable {
    private struct News: Sendable {
        var conversation: ConversationID
        var seq: Int64
    }

    private let box: any BoxConnection
    private let logger: Logger
    private let tracker = Mutex(SeenTracker())
    private let (news, tell) = AsyncStream.makeStream(
        of: News.self, bufferingPolicy: .bufferingNewest(256))

    /// A desk that reports to this broker.
    init(box: any BoxConnection, logger: Logger) {
        self.box = box
        self.logger = logger
    }

    /// An event's parts stand in Discord.
    func delivered(_ seq: Int64, as external: [ExternalID], in conversation: ConversationID) {
        self.tracker.withLock { $0.delivered(seq, as: external, in: conversation) }
    }

    /// An operator wrote in a conversation's post.
    func operatorWrote(_ message: Snowflake, in conversation: ConversationID) async throws {
        let seq = self.tracker.withLock { $0.saw(before: message, in: conversation) }
        if let seq { try await self.report(seq, in: conversation) }
    }

    /// An operator put a reaction beneath a message.
    func operatorReacted(to message: Snowflake, in conversation: ConversationID) {
        // What is above it was seen, and itself.
        guard message.value < .max else { return }
        self.saw(before: Snowflake(message.value + 1), in: conversation)
    }

    /// An operator types: whatever stands there was seen.
    func operatorLooked(in conversation: ConversationID) {
        self.saw(before: Snowflake(.max), in: conversation)
    }

    /// Reports what was seen without being written, until cancelled.
    func run() async throws {
        for await news in self.news { try await self.report(news.seq, in: news.conversation) }
    }

    private func saw(before message: Snowflake, in conversation: ConversationID) {
        let seq = self.tracker.withLock { $0.saw(before: message, in: conversation) }
        if let seq { self.tell.yield(News(conversation: conversation, seq: seq)) }
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
