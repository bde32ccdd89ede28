public import StrictJSON

/// Ends a conversation until somebody writes again.
public struct Close: WireRequest {
    public typealias Answer = StateSet
    public static let type = "close"
    /// The conversation.
    public var conversation: ConversationID
    /// The sender's own id of the event.
    public var key: IdempotencyKey
    /// Who closed it.
    public var author: Author

    /// A close.
    public init(conversation: ConversationID, key: IdempotencyKey, author: Author) {
        self.conversation = conversation
        self.key = key
        self.author = author
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.key = try fields.key()
        self.author = try Author(fields.fields("author"))
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("key", self.key.text)
        self.author.write(as: "author", into: &writer)
    }
}

/// Goes on with a closed conversation; a message does so by itself.
public struct Reopen: WireRequest {
    public typealias Answer = StateSet
    public static let type = "reopen"
    /// The conversation.
    public var conversation: ConversationID
    /// The sender's own id of the event.
    public var key: IdempotencyKey
    /// Who reopened it.
    public var author: Author

    /// A reopening.
    public init(conversation: ConversationID, key: IdempotencyKey, author: Author) {
        self.conversation = conversation
        self.key = key
        self.author = author
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.key = try fields.key()
        self.author = try Author(fields.fields("author"))
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("key", self.key.text)
        self.author.write(as: "author", into: &writer)
    }
}

/// The conversation is closed, or open, as was asked.
public struct StateSet: WireMessage {
    public static let type = "state_set"
    /// The conversation's state now.
    public var state: ConversationState
    /// The newest event of the conversation.
    public var head: Head
    /// Whether it was so before.
    public var duplicate: Bool

    /// An answer.
    public init(state: ConversationState, head: Head, duplicate: Bool) {
        self.state = state
        self.head = head
        self.duplicate = duplicate
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.state = try fields.state()
        self.head = try Head(fields.fields("head"))
        self.duplicate = try fields.bool("duplicate")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("state", self.state.rawValue)
        self.head.write(as: "head", into: &writer)
        writer.member("duplicate", self.duplicate)
    }
}
