public import StrictJSON

/// Finds a conversation by this service's peer id, or makes it.
public struct Open: WireRequest {
    public typealias Answer = Opened
    public static let type = "open"
    /// What this service calls the conversation.
    public var peer: PeerID
    /// Whether it is made if there is none.
    public var create: Bool
    /// What to know about the client; merged into what is known, the last writer wins.
    public var properties: [String: String]
    /// The SHA-256 of a secret that opens the conversation, 43 digits of base64url.
    public var credential: String?

    /// An open.
    public init(
        peer: PeerID, create: Bool, properties: [String: String] = [:], credential: String? = nil
    ) {
        self.peer = peer
        self.create = create
        self.properties = properties
        self.credential = credential
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.peer = try fields.peer()
        self.create = try fields.bool("create", otherwise: false)
        self.properties = try fields.properties("properties")
        self.credential = try fields.optionalCredential()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("peer", self.peer.text)
        writer.member("create", self.create)
        if !self.properties.isEmpty {
            writer.write(properties: self.properties)
        }
        writer.member(ifPresent: "credential", self.credential)
    }
}

/// The conversation that was found or made.
public struct Opened: WireMessage {
    public static let type = "opened"
    /// Its uid.
    public var conversation: ConversationID
    /// Whether this request made it.
    public var created: Bool
    /// Its newest event.
    public var head: Head
    /// What is known about the client.
    public var properties: [String: String]
    /// Whether it goes on.
    public var state: ConversationState

    /// An answer.
    public init(
        conversation: ConversationID, created: Bool, head: Head, properties: [String: String],
        state: ConversationState = .open
    ) {
        self.conversation = conversation
        self.created = created
        self.head = head
        self.properties = properties
        self.state = state
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.created = try fields.bool("created")
        self.head = try Head(fields.fields("head"))
        self.properties = try fields.properties("properties")
        self.state = try fields.state()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("created", self.created)
        self.head.write(as: "head", into: &writer)
        writer.write(properties: self.properties)
        writer.member("state", self.state.rawValue)
    }
}

extension JSONWriter {
    /// Writes `properties` in the order of their names, so that equal ones are equal bytes.
    mutating func write(properties: [String: String]) {
        self.name("properties")
        self.object { writer in
            for (name, text) in properties.sorted(by: { $0.key < $1.key }) {
                writer.member(name, text)
            }
        }
    }
}
