import Protocol
import Testing

@Suite struct PeerKindTests {
    static func peer(_ text: String) throws -> PeerID { try #require(PeerID(text)) }

    @Test(arguments: [
        ("0b6f2c8e-3f0a-4c1d-9f57-1b2c3d4e5f60", true),
        ("0B6F2C8E-3F0A-4C1D-9F57-1B2C3D4E5F60", false),
        ("0b6f2c8e3f0a4c1d9f571b2c3d4e5f60", false),
        ("{0b6f2c8e-3f0a-4c1d-9f57-1b2c3d4e5f60}", false),
        ("0b6f2c8e-3f0a-4c1d-9f57-1b2c3d4e5f6g", false), ("12", false),
    ])
    func `a UUID has one form`(text: String, isAccepted: Bool) throws {
        #expect(PeerKind.uuid.accepts(try Self.peer(text)) == isAccepted)
    }

    @Test(arguments: [
        ("0", true), ("7", true), ("-7", true), ("1574300000000000001", true),
        ("9223372036854775807", true), ("9223372036854775808", true),
        ("18446744073709551615", true), ("-9223372036854775808", true),
        ("18446744073709551616", false), ("-9223372036854775809", false), ("-0", false),
        ("+7", false), ("07", false), ("7.0", false), ("1e3", false), (" 7", false),
        ("\u{0667}", false), ("0x10", false), ("1_000", false),
    ])
    func `an integer has one form`(text: String, isAccepted: Bool) throws {
        #expect(PeerKind.integer.accepts(try Self.peer(text)) == isAccepted)
    }

    @Test(arguments: ["é", "e\u{301}", "\u{202E}x", "#general", " "])
    func `any peer id is a string`(text: String) throws {
        #expect(PeerKind.string.accepts(try Self.peer(text)))
    }
}
