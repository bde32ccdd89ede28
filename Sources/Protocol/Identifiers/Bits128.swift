/// 128 bits that name something, in two halves.
public struct Bits128: Hashable, Sendable {
    /// The first eight bytes, big-endian.
    public var high: UInt64
    /// The last eight bytes, big-endian.
    public var low: UInt64

    /// These bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Bits drawn from a generator.
    public static func random(using generator: inout some RandomNumberGenerator) -> Bits128 {
        Bits128(high: generator.next(), low: generator.next())
    }

    /// The bits of 16 bytes, or `nil` if there are more or fewer.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.init(high: 0, low: 0)
        for (index, byte) in bytes.enumerated() {
            if index < 8 {
                self.high = self.high << 8 | UInt64(byte)
            } else {
                self.low = self.low << 8 | UInt64(byte)
            }
        }
    }

    /// The 16 bytes.
    public var bytes: [UInt8] {
        (0..<16).map { index in
            let half = index < 8 ? self.high : self.low
            return UInt8(truncatingIfNeeded: half >> (56 - 8 * (index % 8)))
        }
    }

    /// 32 lower-case hexadecimal digits.
    public var hexadecimal: String {
        String(unsafeUninitializedCapacity: 32) { text in
            for index in 0..<32 { text[index] = self.digit(index) }
            return 32
        }
    }

    /// One of the 32 hexadecimal digits, as ASCII.
    func digit(_ index: Int) -> UInt8 {
        let half = index < 16 ? self.high : self.low
        let value = UInt8(truncatingIfNeeded: half >> (60 - 4 * (index % 16))) & 15
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// The bits that 32 lower-case hexadecimal digits spell, or `nil` if the text is anything else.
    public init?(hexadecimal text: String) {
        self.init(digits: text.utf8)
    }

    /// The bits that 32 lower-case hexadecimal digits in ASCII spell, or `nil`.
    init?(digits: some Sequence<UInt8>) {
        self.init(high: 0, low: 0)
        var count = 0
        for digit in digits {
            guard let value = Self.value(digit), count < 32 else { return nil }
            self.high = self.high << 4 | self.low >> 60
            self.low = self.low << 4 | UInt64(value)
            count += 1
        }
        guard count == 32 else { return nil }
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
