import Protocol
import StrictJSON
import Testing

@testable import DiscordGateway

/// What Discord, or somebody who writes there, may say that it shouldn't. Frames of the Gateway are
/// in ``GatewayLinkTests``, answers by REST in ``HTTPDiscordAPITests``.
@Suite
struct BadInputTests {
    private func spoken(_ extra: JSONObject, _ content: String = "") -> String? {
        let translation = InboundTranslation(
            bot: FakeDiscord.bot, notePrefix: "//",
            authors: AuthorNames(secret: Array(repeating: 7, count: 32)))
        let message = TestMessage.make(
            id: Snowflake(9), content: content, author: FakeDiscord.person, extra: extra)
        guard
            case .message(let send) = translation.translate(message, in: Workbench.conversation)
        else { return nil }
        return send.body
    }

    @Test(
        arguments: [
            ("2026-11-23T00:10:00.123000+00:00", 1_795_392_600_123),
            ("2026-11-23T00:10:00+00:00", 1_795_392_600_000),
            ("2026-11-23T00:10:00.1239Z", 1_795_392_600_123),
            ("2026-11-23T01:10:00.5+01:00", 1_795_392_600_500),
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29T12:00:00Z", 1_709_208_000_000),
            ("", nil), ("yesterday", nil), ("2026-11-23", nil), ("2026-13-01T00:00:00Z", nil),
            ("1969-12-31T23:59:59Z", nil), ("2026-11-23T00:10:00", nil),
            ("2026-11-23T00:10:00Z and more", nil), ("9999999-11-23T00:10:00Z", nil),
        ] as [(String, Int64?)])
    func `times are read to the millisecond, or not at all`(text: String, time: Int64?) {
        #expect(DiscordTimestamp.milliseconds(text) == time)
    }

    @Test
    func `an edit whose time can't be read is none`() async throws {
        let bench = try await Workbench.ready()
        let id = bench.discord.write("Hi", in: try bench.post())
        bench.operation.desk.readBack(try bench.post())
        try await bench.readPost()
        bench.told(
            2, "MESSAGE_UPDATE",
            [
                "id": .string("\(id)"), "channel_id": .string("\(try bench.post())"),
                "content": "changed", "author": ["id": "42"], "edited_timestamp": 5,
            ])
        try await bench.readPost()
        #expect(bench.box.texts == ["Hi"])
    }

    @Test(
        arguments: [
            ("MESSAGE_DELETE", [:]), ("MESSAGE_DELETE", ["id": 5, "channel_id": "1"]),
            ("MESSAGE_DELETE_BULK", ["channel_id": "1", "ids": "x"]),
            ("MESSAGE_DELETE_BULK", ["ids": []]), ("THREAD_DELETE", ["id": .null]),
            ("TYPING_START", ["channel_id": "1", "member": 5]), ("TYPING_START", .null),
            ("MESSAGE_REACTION_ADD", ["channel_id": [:]]), ("MESSAGE_UPDATE", [:]),
            ("THREAD_LIST_SYNC", ["threads": ["x", 5, .null]]), ("GUILD_MEMBER_UPDATE", []),
            ("CHANNEL_UPDATE", .null), ("GUILD_CREATE", []),
        ] as [(String, JSONValue)])
    func `events that aren't what they should be are passed over`(
        event: String, data: JSONValue
    ) async throws {
        let bench = try await Workbench.ready()
        #expect(bench.told(2, event, data) == nil)
        try await bench.readPost()
        #expect(bench.operation.desk.allDurable.sequence == 2)
        #expect(bench.box.deletions.isEmpty)
        #expect(bench.box.signals.isEmpty)
    }

    @Test
    func `many ids of deleted messages, of which some are none, are each looked at`() async throws {
        let bench = try await Workbench.ready()
        let ids: [JSONValue] = (1...250).map { .string("\($0)") } + ["x", 5]
        bench.told(
            2, "MESSAGE_DELETE_BULK",
            ["channel_id": .string("\(try bench.post())"), "ids": .array(ids)])
        try await bench.readPost()
        #expect(bench.box.deletions.isEmpty)
        #expect(bench.operation.desk.allDurable.sequence == 2)
    }

    @Test(
        arguments: [
            (["embeds": .array(Array(repeating: ["title": "T"], count: 10))], 10),
            (["sticker_items": [["name": "a"], ["name": "b"]]], 2),
            (["attachments": .array(Array(repeating: ["filename": "f"], count: 50))], 20),
            (["components": [["type": 1]]], 1),
            (["flags": 8_192, "attachments": [["filename": "v.ogg"]]], 1),
            (["message_snapshots": [["message": ["attachments": [["filename": "f"]]]]]], 2),
            (["message_snapshots": [["message": [:]]]], 1),
            (["message_snapshots": [[:]], "poll": ["question": ["text": "?"]]], 1),
        ] as [(JSONObject, Int)])
    func `what isn't text becomes lines, and not too many`(extra: JSONObject, lines: Int) {
        let body = self.spoken(extra)
        #expect(body?.split(separator: "\n").count == lines)
        #expect(body?.allSatisfy { !"<>".contains($0) } == true)
    }

    @Test
    func `previews of links in a text are no lines`() {
        #expect(
            self.spoken(["embeds": [["title": "T"]]], "https://a.example") == "https://a.example")
    }

    @Test(
        arguments: [
            ["attachments": [["filename": "[x](https://discord.com/channels/1/2)"]]],
            ["sticker_items": [["name": "<@42> https://cdn.discordapp.com/x"]]],
            ["embeds": [["title": "https://discord.com/channels/1/2/3"]]],
            ["poll": ["question": ["text": "<#5> discord.gg/abc"]]],
        ] as [JSONObject])
    func `names hold neither links nor ids of Discord's`(extra: JSONObject) {
        let body = self.spoken(extra)
        #expect(body?.contains("discord.com/") == false)
        #expect(body?.contains("discord.gg/") == false)
        #expect(body?.contains("discordapp") == false)
        #expect(body?.contains("<") == false)
    }

    @Test(arguments: [
        ("a\u{202E}b\u{2066}c\u{061C}d", "abcd"), ("x\u{E0041}y", "xy"), ("\u{1B}[2Jz", #"\[2Jz"#),
        (
            "a" + String(repeating: "\u{301}", count: 5_000),
            "á" + String(repeating: "\u{301}", count: 7)
        ),
        ("ก็", "ก็"), ("👨‍👩‍👧", "👨‍👩‍👧"),
    ])
    func `what can't be seen and does harm doesn't reach Discord`(text: String, shown: String) {
        let content = VisitorText(text).atoms.map(\.text).joined()
        #expect(
            content.decomposedScalars == shown.decomposedScalars
                || content.unicodeScalars.elementsEqual(shown.unicodeScalars))
    }

    @Test(arguments: [
        ("Ann", "Ann"), ("Discord Staff", "Visitor Discord Staff"), ("system", "Visitor system"),
        ("D1sc0rd", "Visitor D1sc0rd"), ("Ѕуѕtem", "Visitor Ѕуѕtem"),
        ("The Moderators", "Visitor The Moderators"), ("Adam Botham", "Adam Botham"),
        ("Hereward", "Hereward"),
        (String(repeating: "x", count: 81), String(repeating: "x", count: 40)),
    ])
    func `no visitor passes for somebody else`(name: String, shown: String) {
        #expect(PostName.visitor(Workbench.conversation, ["name": name]) == shown)
    }
}

extension String {
    /// The scalars of the text with composed letters taken apart, as far as these tests need it.
    fileprivate var decomposedScalars: [Unicode.Scalar] {
        self.unicodeScalars.flatMap { scalar -> [Unicode.Scalar] in
            scalar == "á" ? ["a", "\u{301}"] : [scalar]
        }
    }
}
