public import StrictJSON

/// A new event of a conversation that the reader subscribes to.
public struct EventPush: WireMessage {
    public static let type = "event"
    /// The conversation.
    public var conversation: ConversationID
    /// The event.
    public var event: Event

    /// A push.
    public init(conversation: ConversationID, event: Event) {
        self.conversation = conversation
        self.event = event
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.event = try Event(fields.fields("event"))
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.name("event")
        self.event.write(into: &writer)
    }
}
