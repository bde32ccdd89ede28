public import StrictJSON

/// A service has got further with a conversation that the reader subscribes to.
public struct ReceiptPush: WireMessage {
    public static let type = "receipt"
    /// The conversation.
    public var conversation: ConversationID
    /// How far it has got.
    public var receipt: Receipt
    /// Grows with each change of a receipt in the box; for consumers.
    public var version: Int64?
    /// What the receiving consumer calls the conversation; `nil` for a reader, and until `bind`.
    public var peer: PeerID?

    /// A push.
    public init(
        conversation: ConversationID, receipt: Receipt, version: Int64? = nil,
        peer: PeerID? = nil
    ) {
        self.conversation = conversation
        self.receipt = receipt
        self.version = version
        self.peer = peer
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.receipt = try Receipt(fields)
        self.version = try fields.optionalInteger("version")
        self.peer = fields.has("peer") ? try fields.peer() : nil
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        self.receipt.write(into: &writer)
        writer.member(ifPresent: "version", self.version)
        writer.member(ifPresent: "peer", self.peer?.text)
    }
}
