public import StrictJSON

/// A conversation was blocked, or is no longer: a change that is no event.
public struct ConversationStatePush: WireMessage {
    public static let type = "conversation_state"
    /// The conversation.
    public var conversation: ConversationID
    /// Its state now.
    public var state: ConversationState

    /// A push.
    public init(conversation: ConversationID, state: ConversationState) {
        self.conversation = conversation
        self.state = state
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.state = try fields.state()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("state", self.state.rawValue)
    }
}
