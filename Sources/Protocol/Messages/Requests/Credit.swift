public import StrictJSON

/// Allows deliveries for so many conversations at a time. It isn't answered.
public struct Credit: WireMessage {
    public static let type = "credit"
    /// How many, 0–1,024; it replaces the credit before.
    public var conversations: Int64

    /// A credit.
    public init(conversations: Int64) { self.conversations = conversations }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversations = try fields.integer("conversations", in: 0...1_024)
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversations", self.conversations)
    }
}
