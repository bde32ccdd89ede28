import Protocol

/// How long to wait after a callback that failed: per conversation 1 s, doubling to 60 s.
struct CallbackRetries: Sendable {
    /// Conversations whose failures are remembered: 1,024. When more fail at once it isn't because
    /// of any one of them, and further ones wait the longest.
    static let conversationsMax = 1_024
    /// The first wait.
    static let first = Duration.seconds(1)
    /// The longest wait.
    static let longest = Duration.seconds(60)

    private var waits: [ConversationID: Duration] = [:]

    /// A callback failed: how long its message waits.
    mutating func failed(_ conversation: ConversationID) -> Duration {
        guard let last = self.waits[conversation] else {
            guard self.waits.count < Self.conversationsMax else { return Self.longest }
            self.waits[conversation] = Self.first
            return Self.first
        }
        let next = min(last * 2, Self.longest)
        self.waits[conversation] = next
        return next
    }

    /// A conversation's event doesn't come again: it was handled, or set aside.
    mutating func ended(_ conversation: ConversationID) {
        self.waits[conversation] = nil
    }
}
