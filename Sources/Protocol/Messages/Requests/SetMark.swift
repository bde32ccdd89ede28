public import StrictJSON

/// Moves this service's mark of a conversation.
public struct SetMark: WireRequest {
    public typealias Answer = Marked
    public static let type = "mark"
    /// The conversation.
    public var conversation: ConversationID
    /// The far-side id up to which everything is stored or deliberately ignored.
    public var mark: Mark

    /// A mark.
    public init(conversation: ConversationID, mark: Mark) {
        self.conversation = conversation
        self.mark = mark
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        guard let mark = try fields.optionalMark() else {
            throw fields.wrong("mark", "there")
        }
        self.mark = mark
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("mark", self.mark.text)
    }
}

/// The mark stands in the database.
public struct Marked: EmptyMessage {
    public static let type = "marked"
    /// An answer.
    public init() {}
}
