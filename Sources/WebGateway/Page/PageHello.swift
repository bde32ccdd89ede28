import Protocol

/// A page introduces its visitor.
struct PageHello: Equatable, Sendable {
    /// The visitor's public id.
    var visitor: PeerID
    /// What proves it.
    var credential: Credential
    /// Whether an unknown visitor is a new one.
    var create: Bool
    /// The visitor's name, if there is one.
    var name: String?
    /// Whether somebody can see the page.
    var isVisible: Bool
    /// The newest event that the page has.
    var from: Position?

    /// A hello.
    init(
        visitor: PeerID, credential: Credential, create: Bool, name: String? = nil,
        isVisible: Bool = true, from: Position? = nil
    ) {
        self.visitor = visitor
        self.credential = credential
        self.create = create
        self.name = name
        self.isVisible = isVisible
        self.from = from
    }

    init(_ fields: Fields) throws(FieldError) {
        self.visitor = try fields.value("visitor", "a lower-case UUID") { text in
            // The same grammar as a conversation's uid; another spelling would be another peer.
            ConversationID(text).flatMap { _ in PeerID(text) }
        }
        self.credential = try fields.value("secret", "43 digits of base64url") {
            Credential(secret: $0)
        }
        self.create = try fields.bool("create", otherwise: false)
        self.name = try fields.optionalValue("name", "a string") { $0 }.flatMap(VisitorName.clean)
        self.isVisible = try fields.bool("visible", otherwise: true)
        self.from = fields.has("from") ? try Position(fields.fields("from")) : nil
    }
}
