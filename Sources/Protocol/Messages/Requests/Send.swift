public import StrictJSON

/// Hands in a message.
public struct Send: WireRequest {
    public typealias Answer = Sent
    public static let type = "send"
    /// The conversation.
    public var conversation: ConversationID
    /// The sender's own id of the message, made before the first try and kept for every retry.
    public var key: IdempotencyKey
    /// The sender's revision of it.
    public var revision: Int64
    /// Who wrote it.
    public var author: Author
    /// The text, 1–65,536 bytes.
    public var body: String
    /// How the text is to be read.
    public var format: Format
    /// The event that it answers.
    public var replyTo: EventID?
    /// When the far side says it was written, in milliseconds since 1970.
    public var sentAt: Int64?
    /// Moves this service's mark in the same transaction.
    public var mark: Mark?

    /// A send.
    public init(
        conversation: ConversationID, key: IdempotencyKey, revision: Int64 = 0, author: Author,
        body: String, format: Format = .plain, replyTo: EventID? = nil, sentAt: Int64? = nil,
        mark: Mark? = nil
    ) {
        self.conversation = conversation
        self.key = key
        self.revision = revision
        self.author = author
        self.body = body
        self.format = format
        self.replyTo = replyTo
        self.sentAt = sentAt
        self.mark = mark
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.key = try fields.key()
        self.revision = try fields.optionalInteger("revision") ?? 0
        self.author = try Author(fields.fields("author"))
        self.body = try fields.text("body", bytes: 1...Limits.bodyBytes)
        self.format = try fields.value("format", "plain or markdown") { Format(rawValue: $0) }
        self.replyTo = fields.has("reply_to") ? try fields.eventID("reply_to") : nil
        self.sentAt = try fields.optionalInteger("sent_at")
        self.mark = try fields.optionalMark()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("key", self.key.text)
        writer.member("revision", self.revision)
        self.author.write(as: "author", into: &writer)
        writer.member("body", self.body)
        writer.member("format", self.format.rawValue)
        writer.member(ifPresent: "reply_to", self.replyTo?.description)
        writer.member(ifPresent: "sent_at", self.sentAt)
        writer.member(ifPresent: "mark", self.mark?.text)
    }
}

/// The message is on disk.
public struct Sent: WireMessage {
    public static let type = "sent"
    /// Its place in the conversation.
    public var seq: Int64
    /// Its name.
    public var id: EventID
    /// When it was committed, in milliseconds since 1970.
    public var at: Int64
    /// The message's present revision.
    public var revision: Int64
    /// Whether an earlier send with this key had stored it already.
    public var duplicate: Bool

    /// An answer.
    public init(seq: Int64, id: EventID, at: Int64, revision: Int64 = 0, duplicate: Bool) {
        self.seq = seq
        self.id = id
        self.at = at
        self.revision = revision
        self.duplicate = duplicate
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.seq = try fields.seq()
        self.id = try fields.eventID()
        self.at = try fields.integer("at")
        self.revision = try fields.optionalInteger("revision") ?? 0
        self.duplicate = try fields.bool("duplicate")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("seq", self.seq)
        writer.member("id", self.id.description)
        writer.member("at", self.at)
        writer.member("revision", self.revision)
        writer.member("duplicate", self.duplicate)
    }
}
