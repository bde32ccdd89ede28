public import StrictJSON

/// A reader was too slow: this one subscription has ended.
public struct Lagged: WireMessage {
    public static let type = "lagged"
    /// The conversation.
    public var conversation: ConversationID
    /// The last event that was pushed or stood in the answer; nothing after it came.
    public var from: Int64

    /// A push.
    public init(conversation: ConversationID, from: Int64) {
        self.conversation = conversation
        self.from = from
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.from = try fields.integer("from")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("from", self.from)
    }
}
