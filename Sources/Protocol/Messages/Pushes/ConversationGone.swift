public import StrictJSON

/// A conversation was erased: the reader's subscription is over, and nothing of it may stay.
public struct ConversationGone: WireMessage {
    public static let type = "conversation_gone"
    /// The conversation.
    public var conversation: ConversationID

    /// A push.
    public init(conversation: ConversationID) { self.conversation = conversation }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
    }
}
