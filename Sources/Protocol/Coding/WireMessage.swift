public import StrictJSON

/// One kind of message: its word on the wire and its members.
public protocol WireMessage: Equatable, Sendable {
    /// The value of `type`.
    static var type: String { get }
    /// Reads the members.
    init(_ fields: Fields) throws(FieldError)
    /// Writes the members, without `type` and `request`.
    func write(into writer: inout JSONWriter)
}

/// A message that asks the broker for something and gets exactly one answer.
public protocol WireRequest: WireMessage {
    /// The answer if it isn't refused.
    associatedtype Answer: WireMessage
    /// Whether it only reads: it needn't be repeated after a lost connection, and its answer may
    /// overtake others.
    static var isRead: Bool { get }
}

extension WireRequest {
    public static var isRead: Bool { false }
}

extension WireMessage {
    /// The JSON object of this message; `request` is the number of the request that it is or
    /// answers.
    public func encoded(request: Int64? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", Self.type)
            writer.member(ifPresent: "request", request)
            self.write(into: &writer)
        }
        return writer.bytes
    }
}

/// A message without members.
public protocol EmptyMessage: WireMessage {
    init()
}

extension EmptyMessage {
    public init(_ fields: Fields) throws(FieldError) { self.init() }
    public func write(into writer: inout JSONWriter) {}
}
