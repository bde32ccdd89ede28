public import StrictJSON

/// Shuts a conversation against what other services send, or takes that back.
public struct Block: WireRequest {
    public typealias Answer = BlockSet
    public static let type = "block"
    /// The conversation.
    public var conversation: ConversationID
    /// Whether it is to be shut.
    public var isBlocked: Bool

    /// A block.
    public init(conversation: ConversationID, isBlocked: Bool) {
        self.conversation = conversation
        self.isBlocked = isBlocked
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.isBlocked = try fields.bool("blocked")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("blocked", self.isBlocked)
    }
}

/// The conversation is shut, or open, as was asked.
public struct BlockSet: EmptyMessage {
    public static let type = "block_set"
    /// An answer.
    public init() {}
}
