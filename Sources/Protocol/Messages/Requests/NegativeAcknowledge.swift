public import StrictJSON

/// The event couldn't be handled now; it shall come again.
public struct NegativeAcknowledge: WireRequest {
    public typealias Answer = Released
    public static let type = "negative_acknowledge"
    /// The conversation.
    public var conversation: ConversationID
    /// The event.
    public var seq: Int64
    /// The ids of those of its parts that were made.
    public var external: [ExternalID]
    /// After how many milliseconds it shall come again, 0–600,000.
    public var delayMilliseconds: Int64
    /// Why, for people, 1–1,024 bytes.
    public var reason: String
    /// Whether the far side's people were told that it may stand there twice.
    public var isPossibleDuplicate: Bool

    /// A negative acknowledge.
    public init(
        conversation: ConversationID, seq: Int64, external: [ExternalID] = [],
        delayMilliseconds: Int64, reason: String, isPossibleDuplicate: Bool = false
    ) {
        self.conversation = conversation
        self.seq = seq
        self.external = external
        self.delayMilliseconds = delayMilliseconds
        self.reason = reason
        self.isPossibleDuplicate = isPossibleDuplicate
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.seq = try fields.seq()
        self.external = try fields.externalIDs()
        self.delayMilliseconds = try fields.integer(
            "delay_ms", in: 0...Limits.delayMilliseconds)
        self.reason = try fields.text("reason")
        self.isPossibleDuplicate = try fields.isPossibleDuplicate()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("seq", self.seq)
        writer.write(external: self.external)
        writer.member("delay_ms", self.delayMilliseconds)
        writer.member("reason", self.reason)
        writer.write(isPossibleDuplicate: self.isPossibleDuplicate)
    }
}

/// The event waits for its next try, and the credit is free.
public struct Released: EmptyMessage {
    public static let type = "released"
    /// An answer.
    public init() {}
}
