import Protocol
import Testing

@Suite struct IdentifierTests {
    @Test func `peer ids are compared byte for byte`() throws {
        let composed = try #require(PeerID("\u{E9}"))
        let decomposed = try #require(PeerID("e\u{301}"))
        // Swift holds the texts for equal, which is why the type exists.
        #expect(composed.text == decomposed.text)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(composed.text.utf8.count == 2 && decomposed.text.utf8.count == 3)
    }

    @Test(arguments: ["", String(repeating: "p", count: 129), "a\u{0}b"])
    func `a peer id of the wrong size is refused`(text: String) {
        #expect(PeerID(text) == nil)
    }

    @Test(arguments: ["k", "A-z_0.9:", String(repeating: "k", count: 64)])
    func `a key of the alphabet is taken`(text: String) {
        #expect(IdempotencyKey(text)?.text == text)
    }

    @Test(arguments: ["", "a b", "é", "a/b", String(repeating: "k", count: 65)])
    func `a key of another form is refused`(text: String) {
        #expect(IdempotencyKey(text) == nil)
    }

    @Test func `marks order as numbers`() throws {
        let marks = ["9", "10", "100", "99"].compactMap { Mark($0) }
        #expect(marks.sorted().map(\.text) == ["9", "10", "99", "100"])
    }

    @Test func `an uid is a lower-case UUID and nothing else`() throws {
        let text = "5e0c9a4e-7b1f-5d2a-9c3e-2f1a0b9c8d7e"
        #expect(ConversationID(text)?.description == text)
        for wrong in [text.uppercased(), String(text.dropLast()), text + "0", "5e0c", ""] {
            #expect(ConversationID(wrong) == nil)
        }
        #expect(ConversationID("5e0c9a4e_7b1f-5d2a-9c3e-2f1a0b9c8d7e") == nil)
    }

    @Test func `an event id is 32 hexadecimal digits`() {
        let text = "0123456789abcdeffedcba9876543210"
        #expect(EventID(text)?.description == text)
        #expect(EventID(text.uppercased()) == nil)
        #expect(EventID("0123") == nil)
    }
}
