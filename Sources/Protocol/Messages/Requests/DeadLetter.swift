public import StrictJSON

/// The far side refuses the event for good because of the message itself.
public struct DeadLetter: WireRequest {
    public typealias Answer = Acknowledged
    public static let type = "dead_letter"
    /// The conversation.
    public var conversation: ConversationID
    /// The event.
    public var seq: Int64
    /// The ids of those of its parts that were made.
    public var external: [ExternalID]
    /// The far side's code, 1–64 bytes.
    public var code: String
    /// A sentence for sender and operator, 1–1,024 bytes.
    public var reason: String
    /// Whether the far side's people were told that a part of it may stand there twice.
    public var isPossibleDuplicate: Bool

    /// A dead letter.
    public init(
        conversation: ConversationID, seq: Int64, external: [ExternalID] = [], code: String,
        reason: String, isPossibleDuplicate: Bool = false
    ) {
        self.conversation = conversation
        self.seq = seq
        self.external = external
        self.code = code
        self.reason = reason
        self.isPossibleDuplicate = isPossibleDuplicate
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.seq = try fields.seq()
        self.external = try fields.externalIDs()
        self.code = try fields.text("code", bytes: 1...Limits.keyBytes)
        self.reason = try fields.text("reason")
        self.isPossibleDuplicate = try fields.isPossibleDuplicate()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("seq", self.seq)
        writer.write(external: self.external)
        writer.member("code", self.code)
        writer.member("reason", self.reason)
        writer.write(isPossibleDuplicate: self.isPossibleDuplicate)
    }
}
