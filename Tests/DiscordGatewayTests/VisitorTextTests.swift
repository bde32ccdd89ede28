import Protocol
import Testing

@testable import DiscordGateway

@Suite
struct VisitorTextTests {
    private func parts(_ body: String) throws -> [MessagePart] {
        let event = Event(
            seq: 1, id: EventID(Bits128(high: .max, low: .max)), at: 0,
            service: try #require(Name("web")), author: Author(id: "v", name: "Ann"), body: body)
        return MessageParts.of(event)
    }

    @Test(arguments: [
        ("plain text, ok?", "plain text, ok?"),
        ("*bold* _it_ ~~no~~ ||x|| `c`", #"\*bold\* \_it\_ \~\~no\~\~ \|\|x\|\| \`c\`"#),
        (#"a\b"#, #"a\\b"#),
        ("[x](https://evil.example)", #"\[x\](https://evil.example)"#),
        (
            "> quote\n# head\n-# small\n- list\n1. one",
            "\\> quote\n\\# head\n\\-# small\n\\- list\n1\\. one"
        ),
        ("  > quote\nx", "\\> quote\nx"),
        ("a > b # c - d 1. e", "a > b # c - d 1. e"),
        ("@everyone @here @ann", "@\u{200B}everyone @\u{200B}here @ann"),
        (
            "<@1> <@&2> <#3> <:a:4> <a:b:5> </c:6> <t:7> <id:guide> < 8",
            "<\u{200B}@1> <\u{200B}@&2> <\u{200B}#3> <\u{200B}:a:4> <\u{200B}a:b:5> <\u{200B}/c:6> <\u{200B}t:7> <\u{200B}id:guide> < 8"
        ),
        ("see https://a.example/x_y_z?q=1#f.", "see https://a.example/x_y_z?q=1#f."),
        ("https://a.example/*b*|`c`", "https://a.example/%2Ab%2A%7C%60c%60"),
        ("line\r\nnext\tx\u{0007}\u{202E}y", "line\nnext xy"),
        ("  hello  \n\n", "hello"),
        (
            "\u{0600}*b* \u{08E2}[x](y) \u{06DD}\\ \u{0605}<@1> \u{0600}@everyone \u{0600}x",
            "\u{0600}\\*b\\* \u{08E2}\\[x\\](y) \u{06DD}\\\\ \u{0605}<\u{200B}@1> \u{0600}@\u{200B}everyone \u{0600}x"
        ),
        ("https://a.example/\u{0600}*b*", "https://a.example/\u{0600}\\*b\\*"),
        ("http:// alone_", #"http:// alone\_"#),
    ])
    func `a visitor's text stands in Discord as it was written`(
        text: String, shown: String
    ) throws {
        #expect(try self.parts(text).map(\.content) == [shown])
    }

    @Test(arguments: ["", " \n ", "\u{200B}", "\u{2060}\u{FE0F}", "\u{0000}\u{0007}"])
    func `a text in which nothing can be seen has no parts`(text: String) throws {
        #expect(try self.parts(text).isEmpty)
    }

    @Test
    func `an escaped text is divided after escaping, never inside an escape`() throws {
        let parts = try self.parts(String(repeating: "*", count: 4_000))
        #expect(parts.allSatisfy { $0.content.utf16.count <= 2_000 })
        #expect(parts.allSatisfy { $0.content.hasSuffix(#"\*"#) && $0.content.hasPrefix(#"\*"#) })
        #expect(parts.map(\.content).joined() == String(repeating: #"\*"#, count: 4_000))
    }

    @Test
    func `an empty line is the best place to divide, then a line's end, then a space`() throws {
        let words = String(repeating: "word ", count: 300)
        let paragraphs = try self.parts(words + "\n\n" + words + "\nx " + words)
        #expect(paragraphs.first?.content == words.dropLast() + "")
        let lines = try self.parts(words + "\n" + words)
        #expect(lines.map(\.content) == [String(words.dropLast()), String(words.dropLast())])
        let spaces = try self.parts(String(repeating: "word ", count: 600))
        #expect(spaces.allSatisfy { $0.content.hasSuffix("word") && $0.content.hasPrefix("word") })
    }

    @Test
    func `a division doesn't make a list, a heading or a quote of what stood inside a line`() throws
    {
        let text = String(repeating: "x", count: 1_899) + " > not a quote"
        #expect(try self.parts(text).map(\.content).last == #"\> not a quote"#)
    }

    @Test
    func `emoji of several scalars are never torn, a monstrous grapheme is`() throws {
        let family = "👨‍👩‍👧‍👦"
        let families = try self.parts(String(repeating: family, count: 600))
        #expect(families.count > 1)
        #expect(families.allSatisfy { part in part.content.allSatisfy { String($0) == family } })
        let monster = "👩" + String(repeating: "\u{200D}👩", count: 3_000)
        #expect(monster.count == 1)
        let torn = try self.parts(monster)
        #expect(torn.allSatisfy { $0.content.utf16.count <= 2_000 })
        #expect(torn.map(\.content).joined().unicodeScalars.count == 6_001)
    }

    @Test
    func `nonces are distinct, of the event, and at most 25 characters`() throws {
        let parts = try self.parts(String(repeating: "word ", count: 13_000))
        #expect(parts.count > 30)
        #expect(Set(parts.map(\.nonce)).count == parts.count)
        #expect(parts.allSatisfy { $0.nonce.utf8.count <= 25 })
        #expect(parts.first?.nonce == "_____________________w0")
        #expect(MessageNonce.of(EventID(Bits128(high: 0, low: 0)), part: 127).utf8.count == 25)
    }

    @Test(arguments: [
        (["name": "Ann"], "Ann · 5e0c0000"), ([:], "Visitor 0001 · 5e0c0000"),
        (["name": "@everyone #1\n**x**"], "Visitor everyone 1 x · 5e0c0000"),
        (["name": "\u{202E}  "], "Visitor 0001 · 5e0c0000"),
    ])
    func `a post is named after the visitor and a short id`(
        properties: [String: String], name: String
    ) {
        #expect(PostName.of(Workbench.conversation, properties: properties) == name)
    }

    @Test
    func `no name makes a post's name too long`() {
        let name = PostName.of(
            Workbench.conversation, properties: ["name": String(repeating: "👨‍👩‍👧‍👦", count: 40)])
        #expect(name.utf16.count <= PostName.unitsMax)
        #expect(name.hasSuffix("· 5e0c0000"))
    }

    @Test(arguments: [
        "discord.gg/abc", "https://discord.gg/abc", "HTTPS://DISCORD.GG/abc", "(discord.gg/abc)",
        "https://www.discord.com/invite/abc", "https://ptb.discordapp.com/invite/abc",
        "xdiscord.gg/abc", "https://evil.example/?discord.gg/abc", "discord.gift/abc",
        "https://discord.com/gifts/abc", "https://discord.new/abc",
    ])
    func `an invitation stands as it was written, and invites nobody`(text: String) {
        let shown = MessageParts.divide(VisitorText(text).atoms).joined()
        #expect(shown.replacing("\u{200B}", with: "") == text)
        let lower = shown.lowercased()
        for host in ["discord.gg/", "discord.com/invite", "discordapp.com/invite"] {
            #expect(!lower.contains(host))
        }
        #expect(lower.contains("d\u{200B}iscord"))
    }

    @Test(arguments: ["discord.gg", "we are on discord.com", "https://discord.com/channels/1/2"])
    func `what is no invitation stays as it is`(text: String) {
        #expect(MessageParts.divide(VisitorText(text).atoms).joined() == text)
    }
}
