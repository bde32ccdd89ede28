import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import ProcessShell
import StrictJSON
import Testing

@testable import DiscordSandbox

private let forum = "/channels/\(Fixture.forum)"
private let guild = "/guilds/\(Fixture.guild)"
private let newPost: JSONValue = ["name": "Ann", "message": ["content": "first"]]

@Suite(.timeLimit(.minutes(1))) struct RESTTests {
    @Test(
        arguments: [
            (nil, "/users/@me", 401, 0), ("Bot ", "/users/@me", 401, 0),
            ("Bot t", "/nothing", 404, 0), ("Bot t", "/channels/5", 404, 10003),
            ("Bot t", "/channels/5/messages", 404, 10003), ("Bot t", "/guilds/5", 404, 10004),
            ("Bot t", "\(forum)/messages", 400, 50024), ("Bot t", "/channels/x", 400, 50035),
            ("Bot t", "\(guild)/members/5", 404, 10007), ("Bot t", "/users/5", 404, 10013),
        ] as [(String?, String, Int, Int64)])
    func `what can't be had is refused in Discord's words`(
        authorization: String?, path: String, status: Int, code: Int64
    ) async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.router) { client in
                let answer = try await client.rest(.get, path, as: authorization)
                #expect(answer.status == status)
                #expect(answer.body?["code"]?.integer == code)
                #expect(answer.body?["message"]?.string?.isEmpty == false)
                #expect(answer.headers[.contentType] == "application/json")
            }
        }
    }

    @Test func `a post is made, written to, read and listed`() async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.router) { client in
                let made = try await client.rest(.post, "\(forum)/threads", newPost)
                let id = try #require(made.body?["id"]?.string)
                #expect(made.status == 201)
                #expect(made.body?["message"]?["id"]?.string == id)
                let path = "/channels/\(id)/messages"
                let body: JSONValue = ["content": "a", "nonce": "n", "enforce_nonce": true]
                let first = try await client.rest(.post, path, body)
                let again = try await client.rest(.post, path, body)
                #expect(first.status == 200 && first.body == again.body)
                #expect(first.body?["nonce"] == "n")
                let read = try await client.rest(.get, "\(path)?limit=1")
                #expect(read.body?.array?.first?["id"] == first.body?["id"])
                #expect(read.body?.array?.first?["nonce"] == nil)
                let active = try await client.rest(.get, "\(guild)/threads/active")
                #expect(
                    active.body?["threads"]?.array?.first?["last_message_id"]
                        == first.body?["id"])
                let one = try await client.rest(.get, "\(path)/\(id)")
                #expect(one.body?["content"] == "first")
                #expect(try await client.rest(.get, "\(path)/7").body?["code"] == 10008)
                #expect(try await client.rest(.post, "/channels/\(id)/typing").status == 204)
                #expect(
                    try await client.rest(.post, "\(forum)/messages", body).body?["code"] == 40058)
            }
        }
    }

    @Test func `a person writes under a stable id and display name`() async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.router) { client in
                let made = try await client.rest(.post, "\(forum)/threads", newPost)
                let path = "/channels/\(made.body?["id"]?.string ?? "")/messages"
                var authors: [JSONValue?] = []
                for text in ["a", "b"] {
                    let sent = try await client.rest(
                        .post, path, ["content": .string(text)], as: "Operator Zo%C3%AB")
                    authors.append(sent.body?["author"])
                }
                #expect(authors[0]?["global_name"] == "Zoë")
                #expect(authors[0]?["bot"] == false)
                #expect(authors[0] == authors[1])
            }
        }
    }

    @Test func `limits are told in headers`() async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.router) { client in
                let made = try await client.rest(.post, "\(forum)/threads", newPost)
                let path = "/channels/\(made.body?["id"]?.string ?? "")/messages"
                let sent = try await client.rest(.post, path, ["content": "a"])
                let name = try #require(HTTPField.Name("X-RateLimit-Remaining"))
                let bucket = try #require(HTTPField.Name("X-RateLimit-Bucket"))
                #expect(sent.headers[name] == "4")
                #expect(sent.headers[bucket]?.count == 32)
            }
        }
    }

    @Test func `what was answered survives a kill, and half a line is cut off`() async throws {
        try await withFolder { folder in
            let made = try await SandboxHub.open(folder).application.test(.router) { client in
                try await client.rest(.post, "\(forum)/threads", newPost).body
            }
            let path = "\(folder)/journal.jsonl"
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try (whole + Data("{\"kind\":\"mess".utf8)).write(to: URL(fileURLWithPath: path))
            let id = try #require(made?["id"]?.string)
            try await SandboxHub.open(folder).application.test(.router) { client in
                let read = try await client.rest(.get, "/channels/\(id)/messages")
                #expect(read.body?.array?.map { $0["content"] } == ["first"])
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
        }
    }

    @Test func `a damaged journal and a second sandbox are refused`() async throws {
        try await withFolder { folder in
            let first = try SandboxHub.open(folder)
            #expect { try SandboxHub.open(folder) } throws: { error in
                (error as? ProcessFailure)?.exitCode == .temporary
            }
            withExtendedLifetime(first) {}
        }
        try await withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try Data("nonsense\n".utf8)
                .write(to: URL(fileURLWithPath: "\(folder)/journal.jsonl"))
            #expect { try SandboxHub.open(folder) } throws: { error in
                (error as? ProcessFailure)?.exitCode == .badData
            }
        }
    }

    @Test func `the page and its parts are served with a strict policy`() async throws {
        try await withFolder { folder in
            try await SandboxHub.open(folder).application.test(.router) { client in
                for path in ["/", "/sandbox/page.css", "/sandbox/page.js"] {
                    let answer = try await client.executeRequest(
                        uri: path, method: .get, headers: [:], body: nil)
                    #expect(answer.status == .ok && answer.body.readableBytes > 500)
                    #expect(answer.headers[.contentSecurityPolicy]?.contains("'none'") == true)
                }
            }
        }
    }
}
