import HTTPTypes
import Hummingbird
import HummingbirdTesting
import StrictJSON
import Testing

@testable import DiscordSandbox

private let forum = "/channels/\(Fixture.forum)"
private let newPost: JSONValue = ["name": "Ann", "message": ["content": "first"]]

@Suite(.timeLimit(.minutes(1))) struct ControlRouteTests {
    @Test func `names in paths may be escaped`() async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.router) { client in
                let role = try await client.control(
                    .put, "/roles/N%C3%A4chte", ["permissions": ["VIEW_CHANNEL"]])
                #expect(role.body?["name"] == "Nächte" && role.body?["permissions"] == "1024")
                let member = try await client.control(
                    .put, "/members/Zo%C3%AB", ["roles": ["Nächte"]])
                #expect(member.body?["roles"] == .array([role.body?["id"] ?? nil]))
                #expect(try await client.control(.delete, "/roles/N%C3%A4chte").status == 204)
                let made = try await client.rest(.post, "\(forum)/threads", newPost)
                let id = made.body?["id"]?.string ?? ""
                let path = "/channels/\(id)/messages/\(id)/reactions/%E2%9C%85"
                #expect(try await client.rest(.put, "\(path)/@me").status == 204)
                #expect(try await client.rest(.get, path).body?.array?.count == 1)
                #expect(try await client.rest(.delete, "\(path)/\(Fixture.bot)").status == 204)
            }
        }
    }

    @Test func `every control answers, and what is no JSON is refused`() async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.router) { client in
                for (method, path, body, status) in [
                    (.get, "/state", nil, 200), (.get, "/gateway", nil, 200),
                    (.patch, "/gateway", ["resume_events": 5], 200),
                    (.patch, "/gateway", nil, 400), (.delete, "/gateway", nil, 204),
                    (.post, "/gateway", ["action": "drop"], 204), (.post, "/gateway", nil, 400),
                    (.put, "/permissions", ["who": "bot", "deny": ["SEND_MESSAGES"]], 200),
                    (.put, "/application", ["message_content": true], 200),
                    (.put, "/limits", ["messages": "0"], 200),
                    (.delete, "/channels/\(Fixture.text)", nil, 204),
                    (.put, "/channels/\(Fixture.text)", nil, 204),
                    (.post, "/faults", ["route": "GET /users/@me"], 200),
                    (.delete, "/faults", nil, 204), (.post, "/faults", [:], 400),
                ] as [(HTTPRequest.Method, String, JSONValue?, Int)] {
                    let answer = try await client.control(method, path, body)
                    #expect(answer.status == status, "\(method) \(path)")
                }
                #expect(
                    try await client.rest(.post, "\(forum)/threads", newPost).body?["code"]
                        == 50013)
            }
        }
    }

    @Test func `a cut answer is no JSON, and a foreign one no Discord's`() async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.live) { client in
                _ = try await client.control(
                    .post, "/faults", ["route": "*", "status": 200, "cut": 9])
                let cut = try await client.rest(.get, "/users/@me")
                #expect(cut.status == 200 && cut.body == nil)
                #expect(cut.headers[.contentLength] == "9")
                _ = try await client.control(
                    .post, "/faults", ["route": "*", "status": 502, "body": "<html>"])
                let foreign = try await client.rest(.get, "/users/@me")
                #expect(foreign.status == 502)
                #expect(foreign.headers[.contentType] == "text/html")
                #expect(try await client.rest(.get, "/users/@me").status == 200)
            }
        }
    }

    @Test func `news tell who types`() async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.router) { client in
                let made = try await client.rest(.post, "\(forum)/threads", newPost)
                let before = try await client.control(.get, "/events?after=0")
                #expect(before.body?["typing"] == [])
                let revision = before.body?["revision"]?.integer ?? 0
                async let news = client.control(.get, "/events?after=\(revision)")
                _ = try await client.rest(
                    .post, "/channels/\(made.body?["id"]?.string ?? "")/typing")
                let typing = try await news.body?["typing"]?.array
                #expect(typing?.map { $0["name"] } == ["ChatBox"])
            }
        }
    }

    @Test func `people have pictures where a test gives them some`() async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.router) { client in
                let body: JSONValue = ["avatar": "0a1f", "guild_avatar": "a_2b"]
                let member = try await client.control(.put, "/members/Anna", body).body
                #expect(member?["avatar"] == "a_2b" && member?["user"]?["avatar"] == "0a1f")
                let id = member?["user"]?["id"]?.string ?? ""
                for (path, isThere) in [
                    ("/cdn/avatars/\(id)/0a1f.png?size=64", true),
                    ("/cdn/guilds/\(Fixture.guild)/users/\(id)/avatars/a_2b.png", true),
                    ("/cdn/avatars/\(id)/0a1e.png", false), ("/cdn/avatars/5/0a1f.png", false),
                ] {
                    let answer = try await client.executeRequest(
                        uri: path, method: .get, headers: [:], body: nil)
                    #expect((answer.status == .ok) == isThere)
                    let bytes = Array(answer.body.readableBytesView)
                    #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) == isThere)
                }
                let wrong = try await client.control(.put, "/members/Anna", ["avatar": "../x"])
                #expect(wrong.status == 400)
            }
        }
    }
}
