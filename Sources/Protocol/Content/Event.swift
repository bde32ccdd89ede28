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
    public var kind: Kind
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
    /// The message that an edit, a deletion or a requeue means.
    public var target: Target?
    /// Whether the message was deleted since: its text is gone.
    public var isDeleted: Bool
    /// The event that this one answers.
    public var replyTo: EventID?
    /// When the far side says it was written, in milliseconds since 1970.
    public var sentAt: Int64?
    /// The sender's own id of it; `nil` on its way to other services.
    public var key: IdempotencyKey?

    /// What an event is; a kind that this library doesn't know is kept as it is.
    public struct Kind: Hashable, Sendable {
        /// The word on the wire, 1–64 bytes.
        public let text: String

        /// A kind of that word.
        public init(_ text: String) { self.text = text }

        /// Somebody said something.
        public static let message = Kind("message")
        /// A message has another text.
        public static let edit = Kind("edit")
        /// A message was taken back.
        public static let deletion = Kind("deletion")
        /// The conversation was ended until somebody writes.
        public static let close = Kind("close")
        /// The conversation goes on.
        public static let reopen = Kind("reopen")
        /// A message that a service set aside is tried again there.
        public static let requeue = Kind("requeue")
        /// The conversation was erased: the last event, for each consumer to remove its side.
        public static let erasure = Kind("erasure")
        /// An event that was set aside because consumers were lost with it, on its way to them
        /// without its text: a delivery's form, never a stored event's kind.
        public static let setAside = Kind("set_aside")
    }

    /// An earlier event of the conversation.
    public struct Target: Equatable, Sendable {
        /// Its seq.
        public var seq: Int64
        /// Its name.
        public var id: EventID

        /// A target.
        public init(seq: Int64, id: EventID) {
            self.seq = seq
            self.id = id
        }
    }

    /// An event of these parts.
    public init(
        seq: Int64, id: EventID, at: Int64, kind: Kind = .message, service: Name,
        revision: Int64 = 0, author: Author, body: String = "", format: Format = .plain,
        target: Target? = nil, isDeleted: Bool = false, replyTo: EventID? = nil,
        sentAt: Int64? = nil, key: IdempotencyKey? = nil
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
        self.target = target
        self.isDeleted = isDeleted
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
        self.kind = Kind(try fields.text("kind", bytes: 1...Limits.keyBytes))
        self.service = try fields.name("service")
        self.revision = try fields.optionalInteger("revision") ?? 0
        self.author = try Author(fields.fields("author"))
        self.body = try fields.text("body", bytes: 0...Limits.bodyBytes)
        self.format = try fields.value("format", "plain or markdown") { Format(rawValue: $0) }
        if fields.has("target") {
            let target = try fields.fields("target")
            self.target = Target(seq: try target.seq(), id: try target.eventID())
        } else {
            self.target = nil
        }
        self.isDeleted = try fields.bool("deleted", otherwise: false)
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
            writer.member("kind", self.kind.text)
            writer.member("service", self.service.text)
            if let target = self.target {
                writer.name("target")
                writer.object { writer in
                    writer.member("seq", target.seq)
                    writer.member("id", target.id.description)
                }
            }
            writer.member("revision", self.revision)
            self.author.write(as: "author", into: &writer)
            writer.member("body", self.body)
            writer.member("format", self.format.rawValue)
            if self.isDeleted { writer.member("deleted", true) }
            writer.member(ifPresent: "reply_to", self.replyTo?.description)
            writer.member(ifPresent: "sent_at", self.sentAt)
            writer.member(ifPresent: "key", self.key?.text)
        }
    }
}
