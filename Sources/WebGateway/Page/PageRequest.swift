import Protocol

/// A page hands in something to store; its text isn't judged yet.
struct PageRequest: Equatable, Sendable {
    /// The page's own id of it, kept for every retry.
    var key: IdempotencyKey
    /// What it is.
    var content: Content

    /// What a page can have stored.
    enum Content: Equatable, Sendable {
        /// A message, perhaps an answer to an event.
        case send(body: String, replyTo: EventID? = nil)
        /// Another text for one of the visitor's messages, which the page numbers from 1.
        case edit(target: IdempotencyKey, revision: Int64, body: String)
        /// One of the visitor's messages is taken back.
        case delete(target: IdempotencyKey)
        /// Another try of a message that couldn't be delivered.
        case requeue(seq: Int64)
    }

    /// A request.
    init(key: IdempotencyKey, _ content: Content) {
        self.key = key
        self.content = content
    }

    /// The text that somebody is to read, if there is one.
    var body: String? {
        switch self.content {
        case .send(let body, _), .edit(_, _, let body): body
        case .delete, .requeue: nil
        }
    }
}

extension PageRequest.Content {
    /// Reads the members of a message of that type: `send`, `edit`, `delete` or `requeue`.
    init(_ type: String, _ fields: Fields) throws(FieldError) {
        switch type {
        case "edit":
            self = .edit(
                target: try fields.key("target"),
                revision: try fields.integer("revision", in: 1...Limits.integer),
                body: try fields.value("body", "a string") { $0 })
        case "delete": self = .delete(target: try fields.key("target"))
        case "requeue": self = .requeue(seq: try fields.seq())
        default:
            self = .send(
                body: try fields.value("body", "a string") { $0 },
                replyTo: fields.has("reply_to") ? try fields.eventID("reply_to") : nil)
        }
    }
}

/// What became of a page's request: it is on disk.
struct PageStored: Equatable, Sendable {
    /// The event's place; `nil` for a deletion of what isn't stored yet.
    var seq: Int64?
    /// The event's name.
    var id: EventID?
    /// When it was committed, in milliseconds since 1970.
    var at: Int64?
    /// The message's present revision.
    var revision: Int64?
    /// Whether an earlier request had stored it already.
    var duplicate: Bool

    /// The broker's answer to a send, an edit or a requeue.
    init(_ sent: Sent) {
        self.seq = sent.seq
        self.id = sent.id
        self.at = sent.at
        self.revision = sent.revision
        self.duplicate = sent.duplicate
    }

    /// The broker's answer to a deletion.
    init(_ deleted: Deleted) {
        self.seq = deleted.event?.seq
        self.id = deleted.event?.id
        self.at = deleted.event?.at
        self.duplicate = deleted.duplicate
    }
}

/// A page says how far it has got.
struct PageReport: Equatable, Sendable {
    /// The seq up to which the page has everything, if it says so.
    var deliveredUpTo: Int64?
    /// The seq up to which everything was on a visible page, if it says so.
    var seenUpTo: Int64?

    /// A report.
    init(deliveredUpTo: Int64? = nil, seenUpTo: Int64? = nil) {
        self.deliveredUpTo = deliveredUpTo
        self.seenUpTo = seenUpTo
    }

    init(_ fields: Fields) throws(FieldError) {
        self.deliveredUpTo = try fields.optionalInteger("delivered_upto")
        self.seenUpTo = try fields.optionalInteger("seen_upto")
    }
}
