import Logging
import Protocol
import Synchronization

/// Tells the broker what operators have seen.
final class SeenDesk: Sendable {
    private let box: any BoxConnection
    private let logger: Logger
    private let tracker = Mutex(SeenTracker())

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
        let seq = self.tracker.withLock { $0.operatorWrote(message, in: conversation) }
        guard let seq else { return }
        do {
            try await self.box.report(conversation, seenUpTo: seq)
        } catch let refused as Refused {
            // A receipt lost is a nicety lost: the next one is higher.
            self.logger.info("receipt refused", metadata: ["code": "\(refused.code)"])
        }
    }
}
