public import FoundationEssentials
public import Protocol

/// What a service calls its clients: a UUID, an integer, or a string.
///
/// On the wire an id is a string in one canonical form; reading it back gives the same id.
public protocol PeerIdentifier: Hashable, Sendable {
    /// How the service names its clients, for the broker.
    static var peerKind: PeerKind { get }
    /// The id on the wire; `nil` if it can't be one.
    var peer: PeerID? { get }
    /// The id that stands on the wire; `nil` if it has another form.
    init?(peer: PeerID)
    /// The id of a client that the service gives none of its own: it is the conversation's.
    init(of conversation: ConversationID)
}

extension UUID: PeerIdentifier {
    public static var peerKind: PeerKind { .uuid }

    /// In lower case, as RFC 9562 writes it.
    public var peer: PeerID? { PeerID(self.uuidString.lowercased()) }

    public init?(peer: PeerID) {
        guard PeerKind.uuid.accepts(peer) else { return nil }
        self.init(uuidString: peer.text)
    }

    public init(of conversation: ConversationID) {
        let bytes = conversation.bits.bytes
        self.init(
            uuid: (
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
                bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14],
                bytes[15]
            ))
    }
}

extension String: PeerIdentifier {
    public static var peerKind: PeerKind { .string }

    /// `nil` unless it has 1–128 bytes of UTF-8 without NUL.
    public var peer: PeerID? { PeerID(self) }

    public init?(peer: PeerID) { self = peer.text }

    public init(of conversation: ConversationID) { self = conversation.description }
}

extension PeerIdentifier where Self: FixedWidthInteger {
    public static var peerKind: PeerKind { .integer }

    public var peer: PeerID? { PeerID(String(self)) }

    public init?(peer: PeerID) {
        guard PeerKind.integer.accepts(peer) else { return nil }
        self.init(peer.text)
    }

    /// 63 bits of the conversation's uid, a hash: that two conversations share them can be left
    /// out of account, and the broker would refuse the second binding.
    public init(of conversation: ConversationID) {
        self.init(truncatingIfNeeded: conversation.bits.low >> 1)
    }
}

extension Int64: PeerIdentifier {}
extension UInt64: PeerIdentifier {}
extension Int: PeerIdentifier {}
