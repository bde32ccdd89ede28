/// The name of an event: 128 bits that nobody can guess, given at commit. On the wire 32 hexadecimal
/// digits.
public struct EventID: Hashable, Sendable, CustomStringConvertible {
    /// The bits.
    public var bits: Bits128

    /// An id of these bits.
    public init(_ bits: Bits128) { self.bits = bits }

    /// The id that 32 lower-case hexadecimal digits spell, or `nil`.
    public init?(_ text: String) {
        guard let bits = Bits128(hexadecimal: text) else { return nil }
        self.bits = bits
    }

    public var description: String { self.bits.hexadecimal }
}

/// Which life of the database this is: 128 random bits, new whenever numbers could be given twice.
public struct Epoch: Hashable, Sendable, CustomStringConvertible {
    /// The bits.
    public var bits: Bits128

    /// An epoch of these bits.
    public init(_ bits: Bits128) { self.bits = bits }

    /// The epoch that 32 lower-case hexadecimal digits spell, or `nil`.
    public init?(_ text: String) {
        guard let bits = Bits128(hexadecimal: text) else { return nil }
        self.bits = bits
    }

    public var description: String { self.bits.hexadecimal }
}
