/// What went wrong, as a word that programs act on. docs/protocol.md, section 8.
public struct ErrorCode: Hashable, Sendable, CustomStringConvertible {
    /// The word on the wire. A code that this library doesn't know is kept as it is.
    public let text: String

    /// A code of that word.
    public init(_ text: String) { self.text = text }

    public var description: String { self.text }

    // The connection ends with these.
    public static let frameEmpty = ErrorCode("frame_empty")
    public static let frameTooLarge = ErrorCode("frame_too_large")
    public static let frameTimeout = ErrorCode("frame_timeout")
    public static let jsonInvalid = ErrorCode("json_invalid")
    public static let frameNotObject = ErrorCode("frame_not_object")
    public static let typeMissing = ErrorCode("type_missing")
    public static let helloRequired = ErrorCode("hello_required")
    public static let helloRepeated = ErrorCode("hello_repeated")
    public static let helloTimeout = ErrorCode("hello_timeout")
    public static let helloInvalid = ErrorCode("hello_invalid")
    public static let versionUnsupported = ErrorCode("version_unsupported")
    public static let unknownService = ErrorCode("unknown_service")
    public static let peerDenied = ErrorCode("peer_denied")
    public static let peerKindConflict = ErrorCode("peer_kind_conflict")
    public static let fenced = ErrorCode("fenced")
    public static let silent = ErrorCode("silent")
    public static let slow = ErrorCode("slow")
    public static let shutdown = ErrorCode("shutdown")

    // A request is refused with these.
    public static let unknownType = ErrorCode("unknown_type")
    public static let fieldInvalid = ErrorCode("field_invalid")
    public static let requestInvalid = ErrorCode("request_invalid")
    public static let overloaded = ErrorCode("overloaded")
    public static let notFound = ErrorCode("not_found")
    public static let conversationGone = ErrorCode("conversation_gone")
    public static let credentialRefused = ErrorCode("credential_refused")
    public static let bindingConflict = ErrorCode("binding_conflict")
    public static let idempotencyConflict = ErrorCode("idempotency_conflict")
    public static let targetNotFound = ErrorCode("target_not_found")
    public static let deleted = ErrorCode("deleted")
    public static let blocked = ErrorCode("blocked")
    public static let ackOutOfRange = ErrorCode("ack_out_of_range")
    public static let notAllowed = ErrorCode("not_allowed")
    public static let backupFailed = ErrorCode("backup_failed")
    public static let storageFull = ErrorCode("storage_full")
    public static let storageFailed = ErrorCode("storage_failed")
}
