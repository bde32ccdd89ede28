public import StrictJSON

/// Lets one more secret open a conversation.
public struct AddCredential: WireRequest {
    public typealias Answer = CredentialAdded
    public static let type = "add_credential"
    /// The conversation.
    public var conversation: ConversationID
    /// The SHA-256 of the secret as 43 digits of base64url.
    public var credential: String
    /// When it stops to open the conversation, in milliseconds since 1970; `nil` for never.
    public var expiresAt: Int64?

    /// A further credential.
    public init(conversation: ConversationID, credential: String, expiresAt: Int64? = nil) {
        self.conversation = conversation
        self.credential = credential
        self.expiresAt = expiresAt
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.credential = try fields.credential()
        self.expiresAt = try fields.optionalInteger("expires_at")
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("credential", self.credential)
        writer.member(ifPresent: "expires_at", self.expiresAt)
    }
}

/// The credential stands in the database.
public struct CredentialAdded: EmptyMessage {
    public static let type = "credential_added"
    /// An answer.
    public init() {}
}

/// Lets a secret open a conversation no longer.
public struct RevokeCredential: WireRequest {
    public typealias Answer = CredentialRevoked
    public static let type = "revoke_credential"
    /// The conversation.
    public var conversation: ConversationID
    /// The SHA-256 of the secret as 43 digits of base64url.
    public var credential: String

    /// A revocation.
    public init(conversation: ConversationID, credential: String) {
        self.conversation = conversation
        self.credential = credential
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.credential = try fields.credential()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("credential", self.credential)
    }
}

/// The credential opens nothing any more.
public struct CredentialRevoked: EmptyMessage {
    public static let type = "credential_revoked"
    /// An answer.
    public init() {}
}

extension Fields {
    /// The digest of a secret.
    func credential() throws(FieldError) -> String {
        try self.value("credential", Self.credentialExpectation, Self.credentialText)
    }

    /// The digest of a secret, or `nil` if the member is absent.
    func optionalCredential() throws(FieldError) -> String? {
        try self.optionalValue("credential", Self.credentialExpectation, Self.credentialText)
    }

    private static let credentialExpectation =
        "the SHA-256 of a secret as 43 digits of base64url"

    private static func credentialText(_ text: String) -> String? {
        text.utf8.count == 43 && Name(text) != nil ? text : nil
    }
}
