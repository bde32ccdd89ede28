import Protocol
import Testing

@Suite struct Base64URLTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
        ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
    ])
    func `the vectors of RFC 4648 come out, without padding`(bytes: String, text: String) {
        #expect(Base64URL.encode(bytes.utf8) == text)
        #expect(Base64URL.decode(text) == Array(bytes.utf8))
    }

    @Test func `the last two digits are those for URLs`() {
        #expect(Base64URL.encode([0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF]) == "----____")
    }

    @Test(arguments: [
        "Z", "Zg==", "Zh", "Zm9", "Zm8=", "Zm+v", "Zm/v", "Zm 9v", "Zm9v\n", "Zm9vZ", "é",
    ])
    func `a text that encode never gives is refused`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func `every byte comes back`() {
        for count in 0...300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ count) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }
}
