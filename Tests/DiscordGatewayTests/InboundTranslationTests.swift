import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

@Suite
struct InboundTranslationTests {
    private let translation = InboundTranslation(
        bot: FakeDiscord.bot, notePrefix: "//",
        authors: AuthorNames(secret: Array(repeating: 7, count: 32)))

    private static let id = Snowflake(1_574_300_000_000_000_001)

    private func translate(
        _ content: String, author: Snowflake = FakeDiscord.person, _ extra: JSONObject = [:]
    ) -> Translated {
        self.translation.translate(
            TestMessage.make(id: Self.id, content: content, author: author, extra: extra),
            in: Workbench.conversation)
    }

    private func body(_ content: String, _ extra: JSONObject = [:]) -> String? {
        guard case .message(let send) = self.translate(content, extra) else { return nil }
        return send.body
    }

    @Test
    func `an operator's message goes out with a name, a key, its time and an opaque author`() throws
    {
        guard
            case .message(let send) = self.translate(
                "We shipped it", ["member": ["nick": "Ana (support)"]])
        else {
            Issue.record("not a message")
            return
        }
        #expect(send.key.text == "1574300000000000001")
        #expect(send.mark?.text == "1574300000000000001")
        #expect(send.author.name == "Ana (support)")
        #expect(send.author.id.count == 16)
        #expect(!send.author.id.contains("42"))
        #expect(send.format == .markdown)
        #expect(send.sentAt == Int64(Self.id.value >> 22) + 1_420_070_400_000)
    }

    @Test
    func `one operator is one author, and another secret is another author`() {
        let user = TestMessage.user(FakeDiscord.person, isBot: false)
        let one = AuthorNames(secret: Array(repeating: 7, count: 32))
        let two = AuthorNames(secret: Array(repeating: 8, count: 32))
        #expect(one.author(of: user) == one.author(of: user))
        #expect(one.author(of: user).id != two.author(of: user).id)
    }

    @Test(arguments: [
        ("Hi <@42>!", "Hi @Ana!"), ("Hi <@!42>", "Hi @Ana"), ("<@77> left", "@user left"),
        ("ask <@&7>", "ask @role"), ("in <#1574200000000000000>", "in #channel"),
        ("ok <:ok:555> <a:wow:556>", "ok :ok: :wow:"),
        ("at <t:1790000000> or <t:0:R>", "at 2026-09-21 14:13 UTC or 1970-01-01 00:00 UTC"),
        ("use </close now:123>", "use /close now"), ("<id:guide>", "#channel"),
        ("see https://discord.com/channels/1/2/3 please", "see [Discord link] please"),
        ("<https://cdn.discordapp.com/attachments/1/2/a.png?ex=1>", "[Discord link]"),
        ("media.discordapp.net/attachments/1/2/a.png", "[Discord link]"),
        ("HTTPS://Canary.Discord.com/channels/1/2", "[Discord link]"),
        ("[here](https://discord.com/channels/1/2/3)", "[here]([Discord link])"),
        ("join discord.gg/abc", "join [Discord link]"),
        ("discord://-/channels/1/2/3", "[Discord link]"),
        ("https://a@discord.com:443/channels/1", "[Discord link]"),
        (
            "we are on discord.com and notdiscord.com/x",
            "we are on discord.com and notdiscord.com/x"
        ),
        ("https://example.com/discord.com", "https://example.com/discord.com"),
        ("a < b > c <@> <x> <t:x>", "a < b > c <@> <x> <t:x>"),
        ("**bold** stays", "**bold** stays"),
    ])
    func `nothing of Discord's ids and addresses is left`(content: String, body: String) {
        let mentions: JSONObject = [
            "mentions": [["id": "42", "username": "ana", "global_name": "Ana"]]
        ]
        #expect(self.body(content, mentions) == body)
    }

    @Test(
        arguments: [
            (
                ["attachments": [["filename": "a.png", "url": "https://cdn.discordapp.com/x"]]],
                "[attachment: a.png]"
            ),
            (
                ["attachments": [["filename": "](https://x.example)"]]],
                "[attachment: https://x.example]"
            ),
            (["sticker_items": [["name": "wave"]]], "[sticker: wave]"),
            (
                ["flags": 8_192, "attachments": [["filename": "voice-message.ogg"]]],
                "[voice message]"
            ),
            (["poll": ["question": ["text": "Lunch?"]]], "[poll: Lunch?]"),
            (
                ["message_snapshots": [["message": ["content": "see <#5>"]]]],
                "[forwarded] see #channel"
            ),
        ] as [(JSONObject, String)])
    func `what isn't text yet becomes a line`(extra: JSONObject, line: String) {
        #expect(self.body("", extra) == line)
        #expect(self.body("look", extra) == "look\n\(line)")
    }

    @Test(
        arguments: [
            ["type": 4], ["type": 6], ["type": 18], ["type": 21], ["type": 68],
            ["webhook_id": "5"], ["author": ["id": "5", "username": "x", "bot": true]],
            ["author": ["id": "5", "username": "x", "system": true]], ["author": .null],
        ] as [JSONObject])
    func `programs, webhooks and Discord itself are not heard`(extra: JSONObject) {
        #expect(self.translate("text", extra) == .ignored)
    }

    @Test
    func `our own messages and notes among operators are not heard`() {
        #expect(self.translate("text", author: FakeDiscord.bot) == .ignored)
        #expect(self.translate("// looks rich") == .internalNote)
        #expect(self.translate("a // b") != .internalNote)
    }

    @Test
    func `replies are heard`() {
        #expect(self.body("text", ["type": 19]) == "text")
    }

    @Test
    func `a person's message with nothing in it is withheld`() {
        #expect(self.translate("") == .withheld)
        #expect(self.body("", ["embeds": [["image": ["url": "x"]]]]) == "[embed]")
    }

    @Test(arguments: [
        ("", "Team"), ("\u{202E}", "Team"),
        (String(repeating: "é", count: 100), String(repeating: "é", count: 64)),
    ])
    func `every author has a name of at most 128 bytes`(nick: String, name: String) {
        guard
            case .message(let send) = self.translate(
                "x",
                [
                    "author": ["id": "42", "username": ""], "member": ["nick": .string(nick)],
                ])
        else {
            Issue.record("not a message")
            return
        }
        #expect(send.author.name == name)
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01 00:00 UTC"), (951_782_399, "2000-02-28 23:59 UTC"),
        (951_782_400, "2000-02-29 00:00 UTC"), (-1, "1969-12-31 23:59 UTC"),
        (4_102_444_800, "2100-01-01 00:00 UTC"),
    ])
    func `times are written as dates`(seconds: Int64, text: String) {
        #expect(CalendarTime(seconds: seconds)?.description == text)
    }

    @Test
    func `absurd times are left as they are`() {
        #expect(self.body("<t:9223372036854775807>") == "<t:9223372036854775807>")
    }
}
