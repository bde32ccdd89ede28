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
        String(
            decoding: self.bytes.flatMap {
                [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]]
            },
            as: UTF8.self)
    }

    /// The bits that 32 lower-case hexadecimal digits spell, or `nil` if the text is anything else.
    public init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 32, by: 2) {
            guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1])
            else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes: bytes)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
