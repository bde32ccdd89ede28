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
        var text = text
        let bits = text.withUTF8 { bytes -> Bits128? in
            guard bytes.count == 36,
                Self.hyphens.allSatisfy({ bytes[$0] == UInt8(ascii: "-") })
            else { return nil }
            // A hyphen elsewhere leaves too few digits.
            return Bits128(digits: bytes.lazy.filter { $0 != UInt8(ascii: "-") })
        }
        guard let bits else { return nil }
        self.bits = bits
    }

    public var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            var digit = 0
            for place in 0..<36 {
                if Self.hyphens.contains(place) {
                    text[place] = UInt8(ascii: "-")
                } else {
                    text[place] = self.bits.digit(digit)
                    digit += 1
                }
            }
            return 36
        }
    }

    /// Where the hyphens of a UUID's text stand.
    private static let hyphens = [8, 13, 18, 23]
}
