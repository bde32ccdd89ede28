/// What stands in for people's pictures: a square of one colour that follows from its hash.
enum AvatarPicture {
    /// Pixels of a side: so few that the picture fits in one block of deflate without packing.
    private static let side: UInt32 = 16
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Whether a text may be a picture's hash: it becomes a part of addresses.
    static func isHash(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
                    || byte == UInt8(ascii: "_")
            }
    }

    /// The picture as a PNG.
    static func png(_ hash: String) -> [UInt8] {
        let seed = self.crc(Array(hash.utf8))
        let pixel = [UInt8(truncatingIfNeeded: seed), UInt8(seed >> 24), 0xA0]
        var row: [UInt8] = [0]
        for _ in 0..<self.side { row += pixel }
        var rows: [UInt8] = []
        for _ in 0..<self.side { rows += row }
        // 8 bits of red, green and blue, neither packed, filtered nor interlaced.
        let header = self.bytes(self.side) + self.bytes(self.side) + [8, 2, 0, 0, 0]
        return self.signature + self.chunk("IHDR", header)
            + self.chunk("IDAT", self.stored(rows)) + self.chunk("IEND", [])
    }

    /// zlib's format (RFC 1950) around one block that isn't packed (RFC 1951).
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt16(clamping: bytes.count)
        let sizes = [count, ~count].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        return [0x78, 0x01, 0x01] + sizes + bytes + self.bytes(self.adler(bytes))
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let content = Array(name.utf8) + data
        return self.bytes(UInt32(clamping: data.count)) + content
            + self.bytes(self.crc(content))
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func adler(_ bytes: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = .max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 {
                value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320
            }
        }
        return ~value
    }
}
