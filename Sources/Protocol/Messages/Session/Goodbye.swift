public import StrictJSON

/// The last frame of a connection: why it ends.
public struct Goodbye: Error, WireMessage {
    public static let type = "goodbye"
    /// Why.
    public var code: ErrorCode
    /// A sentence for people, 1–1,024 bytes.
    public var message: String
    /// Whether connecting again may succeed without a change of the gateway.
    public var reconnect: Bool

    /// A goodbye.
    public init(_ code: ErrorCode, _ message: String, reconnect: Bool = false) {
        self.code = code
        self.message = message
        self.reconnect = reconnect
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.code = ErrorCode(try fields.text("code", bytes: 1...Limits.keyBytes))
        self.message = try fields.text("message")
        self.reconnect = try fields.bool("reconnect", otherwise: true)
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("code", self.code.text)
        writer.member("message", self.message)
        writer.member("reconnect", self.reconnect)
    }
}
