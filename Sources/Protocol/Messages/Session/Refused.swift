public import StrictJSON

/// The answer to a request that wasn't done; nothing of it was stored.
public struct Refused: Error, WireMessage {
    public static let type = "refused"
    /// Why.
    public var code: ErrorCode
    /// Whether the same request may succeed later (*retry*) or never will (*stop*).
    public var retry: Bool
    /// A sentence for people: what is wrong and what to do.
    public var message: String

    /// A refusal.
    public init(_ code: ErrorCode, retry: Bool = false, _ message: String) {
        self.code = code
        self.retry = retry
        self.message = message
    }

    /// The refusal of a request with a member that isn't what it must be.
    public init(_ error: FieldError) {
        self.init(.fieldInvalid, error.description)
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.code = ErrorCode(try fields.text("code", bytes: 1...Limits.keyBytes))
        self.retry = try fields.bool("retry")
        self.message = try fields.text("message")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("code", self.code.text)
        writer.member("retry", self.retry)
        writer.member("message", self.message)
    }
}
