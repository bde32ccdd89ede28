import NIOCore
import Protocol
import Testing

@Suite struct FrameDecoderTests {
    /// Everything that comes out when the bytes go in as these pieces.
    func bodies(_ pieces: [[UInt8]], limit: Int = 64) throws -> [String] {
        var decoder = FrameDecoder(limit: limit)
        var bodies: [String] = []
        for piece in pieces {
            decoder.received(ByteBuffer(bytes: piece))
            while let body = try decoder.next() { bodies.append(String(buffer: body)) }
        }
        return bodies
    }

    func stream(_ bodies: [String]) -> [UInt8] {
        bodies.flatMap { body in
            Array(FrameEncoder.frame(Array(body.utf8)).readableBytesView)
        }
    }

    @Test func `a stream is cut the same at every split point`() throws {
        let expected = ["{}", "{\"type\":\"ping\"}", "x", String(repeating: "y", count: 64)]
        let bytes = self.stream(expected)
        for first in 0...bytes.count {
            for second in stride(from: first, through: bytes.count, by: 7) {
                let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
                #expect(try self.bodies(pieces.map { Array($0) }) == expected)
            }
        }
    }

    @Test func `a stream is cut the same byte by byte`() throws {
        let expected = ["{\"a\":1}", "{}"]
        #expect(try self.bodies(self.stream(expected).map { [$0] }) == expected)
    }

    @Test func `a stream of which every piece ends inside a frame is forgotten as it is read`()
        throws
    {
        var decoder = FrameDecoder(limit: 1_000)
        let frame = self.stream([String(repeating: "x", count: 1_000)])
        // A piece that ends where a frame does would come only after 16 MB.
        let stream = Array(repeatElement(frame, count: 2_000).joined())
        var (count, kept, start) = (0, 0, 0)
        for end in sequence(first: 1, next: { $0 + 64_000 }).prefix(while: { $0 < stream.count }) {
            decoder.received(ByteBuffer(bytes: stream[start..<end]))
            while try decoder.next() != nil { count += 1 }
            kept = max(kept, decoder.storageBytes)
            start = end
        }
        #expect(count > 1_900)
        #expect(kept <= 262_144, "2 MB came")
    }

    @Test func `a length of 0 is refused`() {
        #expect(throws: FramingError.empty) { try self.bodies([[0, 0, 0, 0]]) }
    }

    @Test(arguments: [65, 1_048_577, 0x4745_5420, 0x6400_0000, 0xFFFF_FFFF] as [UInt32])
    func `a length above the limit is refused before its bytes come`(length: UInt32) {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
        #expect(throws: FramingError.tooLarge(length: length, limit: 64)) {
            try self.bodies([bytes])
        }
    }

    @Test func `the limit counts the body alone`() throws {
        let body = String(repeating: "a", count: 64)
        #expect(try self.bodies([self.stream([body])]) == [body])
    }

    @Test func `a refused stream stays refused`() throws {
        var decoder = FrameDecoder(limit: 64)
        decoder.received(ByteBuffer(bytes: [0, 0, 0, 0]))
        #expect(throws: FramingError.empty) { try decoder.next() }
        decoder.received(ByteBuffer(bytes: self.stream(["{}"])))
        #expect(throws: FramingError.empty) { try decoder.next() }
    }

    @Test func `the middle of a frame is known`() throws {
        var decoder = FrameDecoder(limit: 64)
        #expect(!decoder.isInsideFrame)
        decoder.received(ByteBuffer(bytes: [0, 0]))
        #expect(decoder.isInsideFrame)
        decoder.received(ByteBuffer(bytes: [0, 1, 0x78]))
        #expect(try decoder.next().map { String(buffer: $0) } == "x")
        #expect(!decoder.isInsideFrame)
    }

    @Test func `the likely mistake behind a length is named`() {
        let http = FramingError.tooLarge(length: 0x4745_5420, limit: 4_096)
        #expect(http.description.contains("\"GET \""))
        let swapped = FramingError.tooLarge(length: 0x6400_0000, limit: 4_096)
        #expect(swapped.description.contains("100 read little-endian"))
    }
}
