public import StrictJSON

/// Every effect of the events up to `seq` is durable on the far side.
public struct Acknowledge: WireRequest {
    public typealias Answer = Acknowledged
    public static let type = "acknowledge"
    /// The conversation.
    public var conversation: ConversationID
    /// The event up to which everything is handled.
    public var seq: Int64
    /// The far side's ids of that event, in the order of its parts.
    public var external: [ExternalID]
    /// Whether the far side's people were told that it may stand there twice.
    public var isPossibleDuplicate: Bool

    /// An acknowledge.
    public init(
        conversation: ConversationID, seq: Int64, external: [ExternalID] = [],
        isPossibleDuplicate: Bool = false
    ) {
        self.conversation = conversation
        self.seq = seq
        self.external = external
        self.isPossibleDuplicate = isPossibleDuplicate
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.seq = try fields.seq()
        self.external = try fields.externalIDs()
        self.isPossibleDuplicate = try fields.isPossibleDuplicate()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("seq", self.seq)
        writer.write(external: self.external)
        writer.write(isPossibleDuplicate: self.isPossibleDuplicate)
    }
}

/// The cursor stands in the database.
public struct Acknowledged: WireMessage {
    public static let type = "acknowledged"
    /// Where the cursor is now.
    public var handled: Int64

    /// An answer.
    public init(handled: Int64) { self.handled = handled }

    public init(_ fields: Fields) throws(FieldError) {
        self.handled = try fields.integer("handled")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("handled", self.handled)
    }
}

extension JSONWriter {
    /// Writes external ids as a member.
    mutating func write(external ids: [ExternalID], as name: String = "external") {
        self.name(name)
        self.array { writer in
            for id in ids { writer.write(id.text) }
        }
    }

    /// Writes that an event may stand on the far side twice; nothing if it doesn't.
    mutating func write(isPossibleDuplicate: Bool) {
        if isPossibleDuplicate { self.member("possible_duplicate", true) }
    }
}

extension Fields {
    /// Whether an event may stand on the far side twice; it doesn't if the member is absent.
    func isPossibleDuplicate() throws(FieldError) -> Bool {
        try self.bool("possible_duplicate", otherwise: false)
    }
}
