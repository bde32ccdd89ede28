public import StrictJSON

/// Gives a message that this service sent another text.
///
/// It is an event of its own. It is applied only if its revision is higher than the message's
/// present one; an older or equal one is answered as done.
public struct Edit: WireRequest {
    public typealias Answer = Sent
    public static let type = "edit"
    /// The conversation.
    public var conversation: ConversationID
    /// The sender's own id of the edit.
    public var key: IdempotencyKey
    /// The key of the message.
    public var target: IdempotencyKey
    /// The sender's revision of the message, from 1.
    public var revision: Int64
    /// Who edited it.
    public var author: Author
    /// The new text, 1–65,536 bytes.
    public var body: String
    /// How the text is to be read.
    public var format: Format
    /// When the far side says it was edited, in milliseconds since 1970.
    public var sentAt: Int64?
    /// Moves this service's mark in the same transaction.
    public var mark: Mark?

    /// An edit.
    public init(
        conversation: ConversationID, key: IdempotencyKey, target: IdempotencyKey, revision: Int64,
        author: Author, body: String, format: Format = .plain, sentAt: Int64? = nil,
        mark: Mark? = nil
    ) {
        self.conversation = conversation
        self.key = key
        self.target = target
        self.revision = revision
        self.author = author
        self.body = body
        self.format = format
        self.sentAt = sentAt
        self.mark = mark
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.key = try fields.key()
        self.target = try fields.key("target")
        self.revision = try fields.integer("revision", in: 1...Limits.integer)
        self.author = try Author(fields.fields("author"))
        self.body = try fields.text("body", bytes: 1...Limits.bodyBytes)
        self.format = try fields.value("format", "plain or markdown") { Format(rawValue: $0) }
        self.sentAt = try fields.optionalInteger("sent_at")
        self.mark = try fields.optionalMark()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("key", self.key.text)
        writer.member("target", self.target.text)
        writer.member("revision", self.revision)
        self.author.write(as: "author", into: &writer)
        writer.member("body", self.body)
        writer.member("format", self.format.rawValue)
        writer.member(ifPresent: "sent_at", self.sentAt)
        writer.member(ifPresent: "mark", self.mark?.text)
    }
}
