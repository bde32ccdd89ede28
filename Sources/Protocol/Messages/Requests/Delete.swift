public import StrictJSON

/// Takes a message that this service sent back, for good.
///
/// If the message isn't stored yet its key is reserved: a later send of it is refused.
public struct Delete: WireRequest {
    public typealias Answer = Deleted
    public static let type = "delete"
    /// The conversation.
    public var conversation: ConversationID
    /// The sender's own id of the deletion.
    public var key: IdempotencyKey
    /// The key of the message.
    public var target: IdempotencyKey
    /// Who deleted it.
    public var author: Author
    /// Moves this service's mark in the same transaction.
    public var mark: Mark?

    /// A deletion.
    public init(
        conversation: ConversationID, key: IdempotencyKey, target: IdempotencyKey, author: Author,
        mark: Mark? = nil
    ) {
        self.conversation = conversation
        self.key = key
        self.target = target
        self.author = author
        self.mark = mark
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.key = try fields.key()
        self.target = try fields.key("target")
        self.author = try Author(fields.fields("author"))
        self.mark = try fields.optionalMark()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("key", self.key.text)
        writer.member("target", self.target.text)
        self.author.write(as: "author", into: &writer)
        writer.member(ifPresent: "mark", self.mark?.text)
    }
}

/// The deletion is on disk.
public struct Deleted: WireMessage {
    public static let type = "deleted"
    /// The event that deleted the message; `nil` if only its key was reserved.
    public var event: Place?
    /// Whether an earlier request had deleted it already.
    public var duplicate: Bool

    /// The event that deleted a message.
    public struct Place: Equatable, Sendable {
        /// Its place in the conversation.
        public var seq: Int64
        /// Its name.
        public var id: EventID
        /// When it was committed, in milliseconds since 1970.
        public var at: Int64

        /// An event's place, name and time.
        public init(seq: Int64, id: EventID, at: Int64) {
            self.seq = seq
            self.id = id
            self.at = at
        }
    }

    /// An answer.
    public init(event: Place?, duplicate: Bool) {
        self.event = event
        self.duplicate = duplicate
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.event =
            fields.has("seq")
            ? Place(
                seq: try fields.seq(), id: try fields.eventID(), at: try fields.integer("at"))
            : nil
        self.duplicate = try fields.bool("duplicate")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member(ifPresent: "seq", self.event?.seq)
        writer.member(ifPresent: "id", self.event?.id.description)
        writer.member(ifPresent: "at", self.event?.at)
        writer.member("duplicate", self.duplicate)
    }
}
