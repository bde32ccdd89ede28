public import StrictJSON

/// Says how far the far side has got, apart from the cursor.
public struct Report: WireRequest {
    public typealias Answer = Reported
    public static let type = "report"
    /// The conversation.
    public var conversation: ConversationID
    /// The seq up to which everything has arrived, if it has changed.
    public var deliveredUpTo: Int64?
    /// The seq up to which somebody has seen it, if it has changed.
    public var seenUpTo: Int64?

    /// A report.
    public init(
        conversation: ConversationID, deliveredUpTo: Int64? = nil, seenUpTo: Int64? = nil
    ) {
        self.conversation = conversation
        self.deliveredUpTo = deliveredUpTo
        self.seenUpTo = seenUpTo
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.deliveredUpTo = try fields.optionalInteger("delivered_upto")
        self.seenUpTo = try fields.optionalInteger("seen_upto")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member(ifPresent: "delivered_upto", self.deliveredUpTo)
        writer.member(ifPresent: "seen_upto", self.seenUpTo)
    }
}

/// The receipts stand in the database.
public struct Reported: EmptyMessage {
    public static let type = "reported"
    /// An answer.
    public init() {}
}
