/// The uid of a conversation: a UUIDv5 of the box, service and peer id of the side that opened it
/// (RFC 9562, section 5.5). On the wire and in Discord's card a lower-case UUID.
public struct ConversationID: Hashable, Sendable, CustomStringConvertible {
    /// The bits.
    public var bits: Bits128

    /// A uid of these bits.
    public init(_ bits: Bits128) { self.bits = bits }

    /// The uid that a lower-case UUID of 36 characters spells, or `nil` if the text is anything
    /// else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36,
            Self.hyphens.allSatisfy({ bytes[$0] == UInt8(ascii: "-") })
        else { return nil }
        let digits = bytes.indices.filter { !Self.hyphens.contains($0) }.map { bytes[$0] }
        guard let bits = Bits128(hexadecimal: String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        self.bits = bits
    }

    public var description: String {
        var characters = Array(self.bits.hexadecimal.utf8)
        for place in Self.hyphens { characters.insert(UInt8(ascii: "-"), at: place) }
        return String(decoding: characters, as: UTF8.self)
    }

    /// Where the hyphens of a UUID's text stand.
    private static let hyphens = [8, 13, 18, 23]
}
