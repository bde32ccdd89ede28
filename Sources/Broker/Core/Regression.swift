import Protocol

/// A conversation of which a gateway knows more than the database: it has lost events.
struct Regression: Sendable {
    /// The conversation.
    var conversation: ConversationID
    /// Its newest event.
    var head: Int64
    /// The newest event that the gateway knows.
    var known: Int64
    /// The epoch that began for that.
    var epoch: Epoch
}

extension Outcome {
    /// The history that was found lost.
    var regression: Regression? {
        if case .regressed(let regression) = self { regression } else { nil }
    }
}
