public import StrictJSON

/// Whether the broker can store anything: pushed when that ends and begins again, and after the
/// welcome of a connection while it can't.
public struct StorageState: WireMessage {
    public static let type = "storage_state"
    /// Why nothing can be stored; `nil` if everything is.
    public var trouble: Status.Storage?

    /// A state.
    public init(_ trouble: Status.Storage? = nil) { self.trouble = trouble }

    public init(_ fields: Fields) throws(FieldError) {
        guard try !fields.bool("up") else {
            self.trouble = nil
            return
        }
        self.trouble = Status.Storage(
            code: ErrorCode(try fields.text("code", bytes: 1...Limits.keyBytes)),
            since: try fields.integer("since"))
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("up", self.trouble == nil)
        guard let trouble = self.trouble else { return }
        writer.member("code", trouble.code.text)
        writer.member("since", trouble.since)
    }
}
