/// How a service names its conversations, and the one form in which it may write such a name.
public enum PeerKind: String, Sendable {
    /// A UUID in lower case with hyphens (RFC 9562, section 4).
    case uuid
    /// A decimal integer, −2^63 … 2^64−1, without leading zeros or a plus sign.
    case integer
    /// Any string of 1–128 bytes of UTF-8.
    case string

    /// Whether a peer id has this kind's form.
    public func accepts(_ peer: PeerID) -> Bool {
        switch self {
        case .uuid: ConversationID(peer.text) != nil
        case .integer:
            Int64(peer.text).map(String.init) == peer.text
                || UInt64(peer.text).map(String.init) == peer.text
        case .string: true
        }
    }

    /// What a peer id of this kind must be, for an error's sentence.
    public var expectation: String {
        switch self {
        case .uuid: "a lower-case UUID such as 0b6f2c8e-3f0a-4c1d-9f57-1b2c3d4e5f60"
        case .integer: "a decimal integer without leading zeros"
        case .string: "a string of 1–\(Limits.peerBytes) bytes"
        }
    }
}
