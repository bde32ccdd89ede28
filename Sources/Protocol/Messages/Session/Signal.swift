public import StrictJSON

/// Something that needn't be kept: a gateway says it without an answer.
public struct Signal: WireMessage {
    public static let type = "signal"
    /// The conversation.
    public var conversation: ConversationID
    /// What happened.
    public var kind: Kind
    /// Who did it, as the other side may know them, 1–128 bytes.
    public var name: String?

    /// What can happen that needn't be kept.
    public enum Kind: Equatable, Sendable {
        /// Somebody types.
        case typing
        /// The client came. The broker keeps the time as the property `last_access`.
        case access
        /// The client is there, or no longer.
        case presence(isOn: Bool)
    }

    /// A signal.
    public init(conversation: ConversationID, kind: Kind, name: String? = nil) {
        self.conversation = conversation
        self.kind = kind
        self.name = name
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.kind = try Kind(fields)
        self.name = try fields.optionalText("name", bytes: 1...Limits.authorNameBytes)
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        self.kind.write(into: &writer)
        writer.member(ifPresent: "name", self.name)
    }
}

extension Signal.Kind {
    init(_ fields: Fields) throws(FieldError) {
        switch try fields.text("kind", bytes: 1...Limits.keyBytes) {
        case "typing": self = .typing
        case "access": self = .access
        case "presence": self = .presence(isOn: try fields.bool("on"))
        default: throw fields.wrong("kind", "typing, access or presence")
        }
    }

    func write(into writer: inout JSONWriter) {
        switch self {
        case .typing: writer.member("kind", "typing")
        case .access: writer.member("kind", "access")
        case .presence(let isOn):
            writer.member("kind", "presence")
            writer.member("on", isOn)
        }
    }
}
