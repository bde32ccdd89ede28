public import StrictJSON

/// Asks for the events that were set aside, in all boxes, in the order in which they were.
public struct ListDeadLetters: WireRequest {
    public typealias Answer = DeadLetters
    public static let type = "list_dead_letters"
    public static let isRead = true
    /// The last number of the page before; 0 for the beginning.
    public var after: Int64
    /// The most entries to answer, 1–100.
    public var limit: Int64

    /// A request for a page.
    public init(after: Int64 = 0, limit: Int64 = Int64(Limits.pageEvents)) {
        self.after = after
        self.limit = limit
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.after = try fields.optionalInteger("after") ?? 0
        self.limit =
            try fields.optionalInteger("limit", in: 1...Int64(Limits.pageEvents))
            ?? Int64(Limits.pageEvents)
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("after", self.after)
        writer.member("limit", self.limit)
    }
}

/// A page of dead letters.
public struct DeadLetters: WireMessage {
    public static let type = "dead_letters"
    /// The entries.
    public var entries: [Entry]
    /// Whether there are further ones.
    public var more: Bool

    /// An event that a service set aside.
    public struct Entry: Equatable, Sendable {
        /// Its number: grows with each.
        public var number: Int64
        /// The box.
        public var box: Name
        /// The conversation.
        public var conversation: ConversationID
        /// The service that set it aside.
        public var service: Name
        /// The event's place.
        public var seq: Int64
        /// The event's name.
        public var id: EventID
        /// The service that sent it.
        public var from: Name
        /// The far side's code, or `poison`.
        public var code: String
        /// A sentence.
        public var reason: String
        /// When it was set aside, in milliseconds since 1970.
        public var at: Int64

        /// An entry.
        public init(
            number: Int64, box: Name, conversation: ConversationID, service: Name, seq: Int64,
            id: EventID, from: Name, code: String, reason: String, at: Int64
        ) {
            self.number = number
            self.box = box
            self.conversation = conversation
            self.service = service
            self.seq = seq
            self.id = id
            self.from = from
            self.code = code
            self.reason = reason
            self.at = at
        }
    }

    /// A page.
    public init(entries: [Entry], more: Bool) {
        self.entries = entries
        self.more = more
    }

    public init(_ fields: Fields) throws(FieldError) {
        var entries: [Entry] = []
        for entry in try fields.list("entries", atMost: Limits.pageEvents) {
            entries.append(try Entry(entry))
        }
        self.entries = entries
        self.more = try fields.bool("more")
    }

    public func write(into writer: inout JSONWriter) {
        writer.name("entries")
        writer.array { writer in
            for entry in self.entries {
                writer.object { entry.write(into: &$0) }
            }
        }
        writer.member("more", self.more)
    }
}

extension DeadLetters.Entry {
    init(_ fields: Fields) throws(FieldError) {
        self.number = try fields.integer("number")
        self.box = try fields.name("box")
        self.conversation = try fields.conversation()
        self.service = try fields.name("service")
        self.seq = try fields.seq()
        self.id = try fields.eventID()
        self.from = try fields.name("from")
        self.code = try fields.text("code", bytes: 1...Limits.keyBytes)
        self.reason = try fields.text("reason")
        self.at = try fields.integer("at")
    }

    func write(into writer: inout JSONWriter) {
        writer.member("number", self.number)
        writer.member("box", self.box.text)
        writer.member("conversation", self.conversation.description)
        writer.member("service", self.service.text)
        writer.member("seq", self.seq)
        writer.member("id", self.id.description)
        writer.member("from", self.from.text)
        writer.member("code", self.code)
        writer.member("reason", self.reason)
        writer.member("at", self.at)
    }
}

/// Gives a dead letter up: it can't be queued again, and stays visible to its sender as failed.
public struct DropDeadLetter: WireRequest {
    public typealias Answer = Dropped
    public static let type = "drop_dead_letter"
    /// The conversation.
    public var conversation: ConversationID
    /// The service that set it aside.
    public var service: Name
    /// The event.
    public var seq: Int64

    /// A drop.
    public init(conversation: ConversationID, service: Name, seq: Int64) {
        self.conversation = conversation
        self.service = service
        self.seq = seq
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.service = try fields.name("service")
        self.seq = try fields.seq()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("service", self.service.text)
        writer.member("seq", self.seq)
    }
}

/// The dead letter is given up.
public struct Dropped: EmptyMessage {
    public static let type = "dropped"
    /// An answer.
    public init() {}
}
