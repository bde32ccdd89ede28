import FoundationEssentials
import GatewayKit
import Protocol
import Testing

@Suite struct PeerIdentifierTests {
    func roundTrips<ID: PeerIdentifier>(_ id: ID, _ text: String) throws {
        let peer = try #require(id.peer)
        #expect(Array(peer.text.utf8) == Array(text.utf8))
        #expect(ID.peerKind.accepts(peer))
        let back = try #require(ID(peer: peer))
        #expect(back == id)
        #expect(back.peer == peer)
    }

    @Test func `ids of every kind come back as they were`() throws {
        let text = "0b6f2c8e-3f0a-4c1d-9f57-1b2c3d4e5f60"
        try self.roundTrips(try #require(UUID(uuidString: text.uppercased())), text)
        try self.roundTrips(Int64.min, "-9223372036854775808")
        try self.roundTrips(Int64.max, "9223372036854775807")
        try self.roundTrips(0, "0")
        try self.roundTrips(UInt64.max, "18446744073709551615")
        for text in ["a", "é", "e\u{301}", "\"\\\u{1}\u{7F} 👋", String(repeating: "x", count: 128)]
        {
            try self.roundTrips(text, text)
        }
    }

    @Test func `clients whose names only look alike stay two`() {
        #expect("é".peer != "e\u{301}".peer)
    }

    @Test(arguments: ["", "a\0b", String(repeating: "x", count: 129)])
    func `what can't be an id is none`(text: String) {
        #expect(text.peer == nil)
    }

    @Test(arguments: ["+1", "01", "-0", "1.0", " 1", "18446744073709551615", "x"])
    func `another form of an integer is refused`(text: String) throws {
        #expect(Int64(peer: try #require(PeerID(text))) == nil)
    }

    @Test(arguments: [
        "0B6F2C8E-3F0A-4C1D-9F57-1B2C3D4E5F60", "0b6f2c8e3f0a4c1d9f571b2c3d4e5f60", "x",
    ])
    func `another form of a UUID is refused`(text: String) throws {
        #expect(UUID(peer: try #require(PeerID(text))) == nil)
    }

    @Test func `a client without an id of its own has the conversation's`() {
        let conversation = ConversationID(Bits128(high: 1, low: .max))
        #expect(UUID(of: conversation).peer?.text == conversation.description)
        #expect(String(of: conversation) == conversation.description)
        #expect(Int64(of: conversation) == .max)
        #expect(UInt64(of: conversation) == UInt64(Int64.max))
        #expect(Int(of: conversation).peer?.text == "9223372036854775807")
    }
}
