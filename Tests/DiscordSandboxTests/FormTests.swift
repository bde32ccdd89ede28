import StrictJSON
import Testing

@testable import DiscordSandbox

/// A refused form's field errors.
private func refusal(_ body: () throws(DiscordError) -> Void) -> DiscordError? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}

private func text(_ length: Int) -> JSONValue {
    .string(String(repeating: "a", count: length))
}

@Suite struct FormTests {
    @Test(
        arguments: [
            (["content": text(2000)], nil), (["content": text(2001)], ["content"]),
            (["content": .string(String(repeating: "😀", count: 1001))], ["content"]),
            (["content": "a", "nonce": text(25)], nil),
            (["content": "a", "nonce": text(26)], ["nonce"]),
            (["content": "a", "nonce": true], ["nonce"]), (["content": 5], ["content"]),
            (
                ["content": "a", "embeds": .array(.init(repeating: ["title": "t"], count: 11))],
                ["embeds"]
            ),
            (["embeds": [["title": text(257)]]], ["embeds", "0", "title"]),
            (["embeds": [["description": text(4096)], ["description": text(1905)]]], ["embeds"]),
            (
                ["embeds": [["title": "t"], ["fields": [["name": "x"]]]]],
                ["embeds", "1", "fields", "0", "value"]
            ),
            (
                ["content": "a", "message_reference": ["message_id": "x"]],
                ["message_reference", "message_id"]
            ),
        ] as [(JSONValue, [String]?)])
    func `a wrong field is named with its path`(body: JSONValue, path: [String]?) {
        let error = refusal { () throws(DiscordError) in _ = try MessageDraft(body) }
        #expect(error?.code == (path == nil ? nil : 50035))
        var place = error?.errors
        for name in path ?? [] { place = place?[name] }
        #expect((place?["_errors"]?.array?.isEmpty == false) == (path != nil))
    }

    @Test(arguments: ["", " \n\t\u{3000}"])
    func `a message of nothing is refused`(content: String) {
        let error = refusal { () throws(DiscordError) in
            _ = try MessageDraft(["content": .string(content)])
        }
        #expect(error == .emptyMessage)
    }

    @Test func `white space at both ends is cut off`() throws {
        #expect(try draft(" \n a b \u{3000}").content == "a b")
    }

    @Test(
        arguments: [
            ([:], ["name"]), (["name": "", "message": ["content": "a"]], ["name"]),
            (["name": text(101), "message": ["content": "a"]], ["name"]),
            (["name": "a"], ["message"]),
            (["name": "a", "message": ["content": text(2001)]], ["message", "content"]),
            (
                ["name": "a", "auto_archive_duration": 5, "message": ["content": "a"]],
                ["auto_archive_duration"]
            ),
        ] as [(JSONValue, [String])])
    func `a wrong post is refused with its field`(body: JSONValue, path: [String]) {
        var place = refusal { () throws(DiscordError) in _ = try ThreadDraft(body) }?.errors
        for name in path { place = place?[name] }
        #expect(place?["_errors"]?.array?.isEmpty == false)
    }

    @Test(
        arguments: [
            ["limit": "0"], ["limit": "101"], ["limit": "x"], ["after": "x"],
            ["after": "1", "before": "2"],
        ] as [[String: String]])
    func `a wrong page is refused`(query: [String: String]) {
        let error = refusal { () throws(DiscordError) in _ = try MessagePage(query: query) }
        #expect(error?.code == 50035)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000+00:00"),
            (1_704_067_200_000, "2024-01-01T00:00:00.000000+00:00"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999000+00:00"),
            (4_102_444_800_001, "2100-01-01T00:00:00.001000+00:00"),
        ] as [(Int64, String)])
    func `times are written and read`(milliseconds: Int64, text: String) {
        #expect(Timestamp.text(milliseconds) == text)
        #expect(Timestamp.milliseconds(text) == milliseconds)
    }

    @Test(
        arguments: [
            ("2024-01-01T00:00:00Z", 1_704_067_200_000),
            ("2024-01-01T02:00:00+02:00", 1_704_067_200_000),
            ("2024-01-01T00:00:00.5Z", 1_704_067_200_500), ("2024-13-01T00:00:00Z", nil),
            ("now", nil),
        ] as [(String, Int64?)])
    func `times of other forms are read`(text: String, milliseconds: Int64?) {
        #expect(Timestamp.milliseconds(text) == milliseconds)
    }

    @Test(
        arguments: [
            ("Bot t", .bot), ("Bot x", nil), ("Bot ", nil), ("t", nil), (nil, nil),
            ("Operator Ann", .human(name: "Ann")), ("Operator Zo%C3%AB", .human(name: "Zoë")),
            ("Operator %", .human(name: "%")), ("Operator  ", nil),
            ("Bearer t", nil), ("Operator a%00b", nil), ("Operator a%0Ab", nil),
        ] as [(String?, Caller?)])
    func `a caller is known by the authorization field`(field: String?, caller: Caller?) {
        #expect(Caller(authorization: field, token: "t") == caller)
    }
}
