/// Whether a conversation goes on.
public enum ConversationState: String, Sendable {
    /// Both sides may write.
    case open
    /// It was ended; whoever writes reopens it.
    case closed
    /// A service has shut it against what the others send.
    case blocked
}

extension Fields {
    /// A conversation's state.
    public func state(_ name: String = "state") throws(FieldError) -> ConversationState {
        try self.value(name, "open, closed or blocked") { ConversationState(rawValue: $0) }
    }
}
