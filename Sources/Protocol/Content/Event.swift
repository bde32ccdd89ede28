public import StrictJSON

/// One durable thing in a conversation, as it was committed.
public struct Event: Equatable, Sendable {
    /// Its number in the conversation: 1, 2, 3 … without gaps.
    public var seq: Int64
    /// Its name, random.
    public var id: EventID
    /// When it was committed, in milliseconds since 1970.
    public var at: Int64
    /// What it is; a reader counts kinds that it doesn't know, and ignores them otherwise.
    public var kind: String
    /// The service that sent it.
    public var service: Name
    /// The sender's revision of it, 0 if it was never edited.
    public var revision: Int64
    /// Who wrote it.
    public var author: Author
    /// The text, 1–65,536 bytes.
    public var body: String
    /// How the text is to be read.
    public var format: Format
    /// The event that this one answers.
    public var replyTo: EventID?
    /// When the far side says it was written, in milliseconds since 1970.
    public var sentAt: Int64?
    /// The sender's own id of it; `nil` on its way to other services.
    public var key: IdempotencyKey?

    /// The kind of a message.
    public static let message = "message"

    /// An event of these parts.
    public init(
        seq: Int64, id: EventID, at: Int64, kind: String = Event.message, service: Name,
        revision: Int64 = 0, author: Author, body: String, format: Format = .plain,
        replyTo: EventID? = nil, sentAt: Int64? = nil, key: IdempotencyKey? = nil
    ) {
        self.seq = seq
        self.id = id
        self.at = at
        self.kind = kind
        self.service = service
        self.revision = revision
        self.author = author
        self.body = body
        self.format = format
        self.replyTo = replyTo
        self.sentAt = sentAt
        self.key = key
    }

    /// The event as a service may see it: with its key only for the service that sent it.
    public func seen(by service: Name) -> Event {
        var event = self
        if service != self.service { event.key = nil }
        return event
    }

    /// Reads an event.
    public init(_ fields: Fields) throws(FieldError) {
        self.seq = try fields.seq()
        self.id = try fields.eventID()
        self.at = try fields.integer("at")
        self.kind = try fields.text("kind", bytes: 1...Limits.keyBytes)
        self.service = try fields.name("service")
        self.revision = try fields.optionalInteger("revision") ?? 0
        self.author = try Author(fields.fields("author"))
        self.body = try fields.text("body", bytes: 0...Limits.bodyBytes)
        self.format = try fields.value("format", "plain or markdown") { Format(rawValue: $0) }
        self.replyTo = fields.has("reply_to") ? try fields.eventID("reply_to") : nil
        self.sentAt = try fields.optionalInteger("sent_at")
        self.key = fields.has("key") ? try fields.key() : nil
    }

    /// Writes the event as an object.
    public func write(into writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("seq", self.seq)
            writer.member("id", self.id.description)
            writer.member("at", self.at)
            writer.member("kind", self.kind)
            writer.member("service", self.service.text)
            writer.member("revision", self.revision)
            self.author.write(as: "author", into: &writer)
            writer.member("body", self.body)
            writer.member("format", self.format.rawValue)
            writer.member(ifPresent: "reply_to", self.replyTo?.description)
            writer.member(ifPresent: "sent_at", self.sentAt)
            writer.member(ifPresent: "key", self.key?.text)
        }
    }
}
