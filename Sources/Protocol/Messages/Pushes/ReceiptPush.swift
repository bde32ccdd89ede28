public import StrictJSON

/// A service has got further with a conversation that the reader subscribes to.
public struct ReceiptPush: WireMessage {
    public static let type = "receipt"
    /// The conversation.
    public var conversation: ConversationID
    /// How far it has got.
    public var receipt: Receipt

    /// A push.
    public init(conversation: ConversationID, receipt: Receipt) {
        self.conversation = conversation
        self.receipt = receipt
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.receipt = try Receipt(fields)
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        self.receipt.write(into: &writer)
    }
}
