public import StrictJSON

/// Asks for another try of an event that a service set aside.
public struct Requeue: WireRequest {
    public typealias Answer = Sent
    public static let type = "requeue"
    /// The conversation.
    public var conversation: ConversationID
    /// The service that set it aside.
    public var service: Name
    /// The event.
    public var seq: Int64
    /// The sender's own id of the new event.
    public var key: IdempotencyKey

    /// A requeue.
    public init(conversation: ConversationID, service: Name, seq: Int64, key: IdempotencyKey) {
        self.conversation = conversation
        self.service = service
        self.seq = seq
        self.key = key
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.service = try fields.name("service")
        self.seq = try fields.seq()
        self.key = try fields.key()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("service", self.service.text)
        writer.member("seq", self.seq)
        writer.member("key", self.key.text)
    }
}
