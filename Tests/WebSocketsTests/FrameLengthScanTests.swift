import Testing

@testable import WebSocketServer

@Suite struct FrameLengthScanTests {
    /// Frames of that many bytes each, as a client writes them.
    private static func stream(_ lengths: [Int]) -> [UInt8] {
        lengths.flatMap { length -> [UInt8] in
            let written: [UInt8] =
                switch length {
                case ..<126: [0x80 | UInt8(length)]
                case ..<65_536: [0xFE, UInt8(length >> 8), UInt8(length & 0xFF)]
                default: [0xFF, 0, 0, 0, 0] + (0..<4).map { UInt8(length >> (24 - 8 * $0) & 0xFF) }
                }
            return [0x82] + written + Array(repeating: 0xFF, count: 4 + length)
        }
    }

    @Test func `lengths in the fewest bytes pass, however the stream is cut`() {
        let bytes = Self.stream([0, 125, 126, 300, 65_535, 65_536, 1])
        var whole = FrameLengthScan()
        #expect(whole.fault(in: bytes) == nil)
        for size in [1, 2, 3, 7, 130, 40_000] {
            var scan = FrameLengthScan()
            for start in stride(from: 0, to: bytes.count, by: size) {
                let piece = bytes[start..<min(start + size, bytes.count)]
                #expect(scan.fault(in: piece) == nil)
            }
        }
    }

    @Test(
        arguments: [
            ([0x81, 0xFE, 0, 125], 3), ([0x81, 0x7E, 0, 0], 3),
            ([0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 9), ([0x81, 0x7F, 0x80], 2),
            ([0x81, 0x7F] + Array(repeating: 0xFF, count: 8), 2),
        ] as [([UInt8], Int)])
    func `a length in too many bytes, or with its top bit, is found where it ends`(
        bytes: [UInt8], place: Int
    ) {
        let before = Self.stream([5, 200])
        var whole = FrameLengthScan()
        #expect(whole.fault(in: before + bytes) == before.count + place)
        var cut = FrameLengthScan()
        let places = (before + bytes).map { cut.fault(in: [$0]) }
        #expect(places.firstIndex(of: 0) == before.count + place)
    }

    @Test func `the largest length that may be written is skipped without overflow`() {
        var scan = FrameLengthScan()
        let bytes: [UInt8] = [0x82, 0xFF, 0x7F] + Array(repeating: 0xFF, count: 7)
        #expect(scan.fault(in: bytes) == nil)
        #expect(scan.fault(in: Array(repeating: 0, count: 1_000)) == nil)
    }
}
