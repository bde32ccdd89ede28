public import StrictJSON

/// Merges properties into those of a conversation; without any it only reads them.
public struct SetProperties: WireRequest {
    public typealias Answer = PropertiesAnswer
    public static let type = "set_properties"
    /// The conversation.
    public var conversation: ConversationID
    /// What to merge, at most 32; an empty text removes a property.
    public var properties: [String: String]

    /// A request.
    public init(conversation: ConversationID, properties: [String: String] = [:]) {
        self.conversation = conversation
        self.properties = properties
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.properties = try fields.properties("properties")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.write(properties: self.properties)
    }
}

/// What is known about a conversation's client.
public struct PropertiesAnswer: WireMessage {
    public static let type = "properties"
    /// The properties.
    public var properties: [String: String]

    /// An answer.
    public init(properties: [String: String]) { self.properties = properties }

    public init(_ fields: Fields) throws(FieldError) {
        self.properties = try fields.properties("properties")
    }

    public func write(into writer: inout JSONWriter) {
        writer.write(properties: self.properties)
    }
}
