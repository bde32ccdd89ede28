import StrictJSON

/// Why the broker set an event aside, for the consumer that is told so in the event's place.
public struct SetAside: Equatable, Sendable {
    /// What the event was.
    public var kind: Event.Kind
    /// The dead letter's code, 1–64 bytes: `poison`.
    public var code: String
    /// A sentence for people, 1–1,024 bytes.
    public var reason: String

    /// Why an event of a kind was set aside.
    public init(kind: Event.Kind, code: String, reason: String) {
        self.kind = kind
        self.code = code
        self.reason = reason
    }

    init(_ fields: Fields) throws(FieldError) {
        self.kind = Event.Kind(try fields.text("kind", bytes: 1...Limits.keyBytes))
        self.code = try fields.text("code", bytes: 1...Limits.keyBytes)
        self.reason = try fields.text("reason")
    }

    /// Writes the members.
    func write(into writer: inout JSONWriter) {
        writer.member("kind", self.kind.text)
        writer.member("code", self.code)
        writer.member("reason", self.reason)
    }
}
