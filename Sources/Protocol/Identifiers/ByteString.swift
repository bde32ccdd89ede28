/// A name that is compared byte for byte.
///
/// Swift's `==` on strings holds "é" and "e\u{301}" for equal, by which two clients would become
/// one; equality and hashing here are those of the UTF-8 bytes.
public protocol ByteString: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as it was given.
    var text: String { get }
    /// The name, or `nil` if the text breaks the rules of its kind.
    init?(_ text: String)
}

extension ByteString {
    public var description: String { self.text }

    public static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in self.text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}

/// What a service calls a conversation: 1–128 bytes of UTF-8 without NUL.
public struct PeerID: ByteString {
    public let text: String

    public init?(_ text: String) {
        guard (1...Limits.peerBytes).contains(text.utf8.count), !text.utf8.contains(0) else {
            return nil
        }
        self.text = text
    }
}

/// Idempotency key: the sender's own id of an event, made before the first try and kept for every
/// retry. 1–64 bytes of `A-Z a-z 0-9 . _ : -`.
public struct IdempotencyKey: ByteString {
    public let text: String

    public init?(_ text: String) {
        guard isKeyText(text) else { return nil }
        self.text = text
    }
}

/// The name of a service, a box, an instance or a stored value: the alphabet of a key.
public struct Name: ByteString {
    public let text: String

    public init?(_ text: String) {
        guard isKeyText(text) else { return nil }
        self.text = text
    }
}

/// The far side's own id of an event that was delivered: 1–64 bytes of visible ASCII.
public struct ExternalID: ByteString {
    public let text: String

    public init?(_ text: String) {
        guard isVisibleText(text) else { return nil }
        self.text = text
    }
}

/// The highest far-side id of a conversation up to which everything is stored or deliberately
/// ignored: 1–64 bytes of visible ASCII, ordered by length and then by bytes, so that decimal
/// numbers order as numbers.
public struct Mark: ByteString {
    public let text: String

    public init?(_ text: String) {
        guard isVisibleText(text) else { return nil }
        self.text = text
    }

    public static func < (left: Mark, right: Mark) -> Bool {
        let lengths = (left.text.utf8.count, right.text.utf8.count)
        guard lengths.0 == lengths.1 else { return lengths.0 < lengths.1 }
        return left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

private func isKeyText(_ text: String) -> Bool {
    guard (1...Limits.keyBytes).contains(text.utf8.count) else { return false }
    return text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: ":"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

private func isVisibleText(_ text: String) -> Bool {
    (1...Limits.externalIDBytes).contains(text.utf8.count)
        && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
}
