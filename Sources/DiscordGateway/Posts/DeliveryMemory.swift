import Protocol

/// What this process knows of the conversations' deliveries: whether a send may have happened that
/// nobody noted.
struct DeliveryMemory: Sendable {
    private static let namedWait = Duration.seconds(5)

    private var settled: Set<ConversationID> = []
    private var failures: [ConversationID: Int] = [:]

    /// Whether the next try in a conversation must read back first: an earlier process, or an earlier
    /// try, may have sent something.
    func isInDoubt(_ conversation: ConversationID) -> Bool {
        !self.settled.contains(conversation)
    }

    /// An event's delivery begins: whatever happens, its end must be heard first.
    mutating func began(_ conversation: ConversationID) {
        self.settled.remove(conversation)
    }

    /// It ended; answers the verdict with a longer wait if the conversation keeps failing.
    mutating func ended(
        _ verdict: DeliveryVerdict, in conversation: ConversationID
    ) -> DeliveryVerdict {
        guard case .later(let wait, let external, let reason) = verdict else {
            self.settled.insert(conversation)
            self.failures[conversation] = nil
            return verdict
        }
        let count = (self.failures[conversation] ?? 0) + 1
        self.failures[conversation] = count
        // Whoever names a longer wait knows until when.
        guard wait < Self.namedWait else { return .later(after: wait, external, reason: reason) }
        let longer = min(wait * (1 << min(count - 1, 5)), .seconds(60))
        return .later(after: longer, external, reason: reason)
    }

    /// Another process may have acted for us: everything is in doubt again.
    mutating func forgetAll() { self.settled = [] }
}
