public import StrictJSON

/// Asks what the other services reported since a version, oldest change first.
public struct ListReceipts: WireRequest {
    public typealias Answer = ReceiptPage
    public static let type = "receipts"
    public static let isRead = true
    /// The version up to which the consumer has acted; 0 for the beginning.
    public var after: Int64
    /// The most entries to answer, 1–100.
    public var limit: Int64

    /// A request for a page.
    public init(after: Int64, limit: Int64 = Int64(Limits.pageEvents)) {
        self.after = after
        self.limit = limit
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.after = try fields.integer("after")
        self.limit =
            try fields.optionalInteger("limit", in: 1...Int64(Limits.pageEvents))
            ?? Int64(Limits.pageEvents)
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("after", self.after)
        writer.member("limit", self.limit)
    }
}

/// A page of receipts.
public struct ReceiptPage: WireMessage {
    public static let type = "receipt_page"
    /// The receipts, each with its conversation.
    public var entries: [ReceiptPush]
    /// Whether there are further ones.
    public var more: Bool

    /// A page.
    public init(entries: [ReceiptPush], more: Bool) {
        self.entries = entries
        self.more = more
    }

    public init(_ fields: Fields) throws(FieldError) {
        var entries: [ReceiptPush] = []
        for entry in try fields.list("entries", atMost: Limits.pageEvents) {
            entries.append(try ReceiptPush(entry))
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
