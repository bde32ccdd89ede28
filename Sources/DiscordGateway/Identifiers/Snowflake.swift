import Protocol

/// One of Discord's ids: 64 bits that grow with time, written as a decimal number.
struct Snowflake: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The bits.
    let value: UInt64

    /// An id of these bits.
    init(_ value: UInt64) { self.value = value }

    /// The id that 1–20 decimal digits spell, or `nil`.
    init?(_ text: String) {
        // UInt64 itself would also take a sign.
        let isDecimal = text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard isDecimal, let value = UInt64(text) else { return nil }
        self.value = value
    }

    /// The lowest id of a time in milliseconds since 1970; 0 before Discord's first.
    init(at milliseconds: Int64) {
        let age = milliseconds.subtractingReportingOverflow(Self.epoch)
        // 42 bits hold the years up to 2154; what is later is as late as can be.
        let bounded = min(max(age.overflow ? 0 : age.partialValue, 0), 1 << 42 - 1)
        self.value = UInt64(bounded) << 22
    }

    /// The id that a conversation is bound to.
    init?(_ peer: PeerID) { self.init(peer.text) }

    /// The id that an event became.
    init?(_ external: ExternalID) { self.init(external.text) }

    /// The id that a mark names.
    init?(_ mark: Mark) { self.init(mark.text) }

    var description: String { String(self.value) }

    /// When it was made, in milliseconds since 1970.
    var milliseconds: Int64 { Int64(self.value >> 22) + Self.epoch }

    /// When Discord's count begins, in milliseconds since 1970.
    private static let epoch: Int64 = 1_420_070_400_000

    static func < (left: Snowflake, right: Snowflake) -> Bool { left.value < right.value }
}

extension Snowflake {
    /// As the broker's name of a post. A number of 20 digits is always one.
    var peer: PeerID? { PeerID(self.description) }
    /// As the broker's name of a message.
    var external: ExternalID? { ExternalID(self.description) }
    /// As a mark.
    var mark: Mark? { Mark(self.description) }
    /// As the key of an operator's message.
    var key: IdempotencyKey? { IdempotencyKey(self.description) }
}
