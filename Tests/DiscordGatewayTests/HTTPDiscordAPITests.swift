import AsyncHTTPClient
import NIOCore
import Testing

@testable import DiscordGateway

/// The REST client over real sockets.
@Suite(.timeLimit(.minutes(1)))
struct HTTPDiscordAPITests {
    private static let token = "MTIz.secret.t0ken"
    private static let me = #"{"id":"900","username":"box","bot":true}"#

    /// Runs a test with a client of an API at this address, and whatever it logs.
    private func withAPI(
        at url: String, timeout: Duration = .seconds(30), connectTimeout: TimeAmount = .seconds(5),
        _ body: (HTTPDiscordAPI) async throws -> Void
    ) async throws {
        let lines = LogLines()
        let client = HTTPDiscordAPI.makeClient(connectTimeout: connectTimeout)
        let api = HTTPDiscordAPI(
            .init(baseURL: url, token: Self.token, version: "9.8.7", timeout: timeout),
            client: client, advice: Advice(logger: lines.logger), logger: lines.logger)
        let failure: (any Error)?
        do {
            try await body(api)
            failure = nil
        } catch {
            failure = error
        }
        try await client.shutdown()
        #expect(!lines.text.contains(Self.token), "the token is logged")
        #expect(!lines.text.contains("secret-body"), "an answer's body is logged")
        if let failure { throw failure }
    }

    /// How a request for our own user goes, and how many requests it takes.
    private func outcome(
        _ replies: [ScriptedHTTP.Reply], timeout: Duration = .seconds(30)
    ) async throws -> (outcome: DiscordOutcome<DiscordUser>?, requests: Int) {
        var outcome: DiscordOutcome<DiscordUser>?
        var requests = 0
        try await ScriptedHTTP.with(replies) { server, url in
            try await self.withAPI(at: url, timeout: timeout) { api in
                outcome = await api.currentUser()
                requests = server.requests.count
            }
        }
        #expect(!"\(String(describing: outcome))".contains(Self.token))
        return (outcome, requests)
    }

    @Test
    func `a request carries the token, our name and its body, below the API's address`()
        async throws
    {
        let message = #"{"id":"5","channel_id":"7","content":"Hi"}"#
        try await ScriptedHTTP.with([.answer("200 OK", Self.me), .answer("200 OK", message)]) {
            server, url in
            try await self.withAPI(at: url) { api in
                #expect(await api.currentUser().value?.id == FakeDiscord.bot)
                let part = MessagePart(content: "Grüße", nonce: "n1")
                #expect(await api.createMessage(in: Snowflake(7), part).value?.id == Snowflake(5))
            }
            let get = try #require(server.requests.first)
            #expect(get.hasPrefix("GET /api/v10/users/@me HTTP/1.1\r\n"))
            #expect(get.contains("\r\nAuthorization: Bot \(Self.token)\r\n"))
            #expect(
                get.contains(
                    "\r\nUser-Agent: DiscordBot (https://github.com/chatbox/chatbox, 9.8.7)\r\n"))
            let post = try #require(server.requests.last)
            #expect(post.hasPrefix("POST /api/v10/channels/7/messages HTTP/1.1\r\n"))
            #expect(post.contains("\r\nContent-Type: application/json\r\n"))
            #expect(post.contains(#""content":"Grüße""#))
            #expect(post.contains(#""allowed_mentions":{"parse":[]}"#))
        }
    }

    @Test(arguments: [
        "<!doctype html><title>secret-body</title>", "", #"{"id":"900","user"#, "null", "[]",
        "{}", #"{"id":900}"#, #"{"id":9007199254740993,"username":"box"}"#, #"{"id":"-900"}"#,
        #"{"id":"99999999999999999999999"}"#, "\u{FEFF}" + #"{"id":"900"}"#,
    ])
    func `a success that can't be read is an unknown outcome, asked for once`(body: String)
        async throws
    {
        let (outcome, requests) = try await self.outcome([.answer("200 OK", body)])
        #expect(outcome?.isUnknown == true)
        #expect(requests == 1)
    }

    @Test(arguments: [
        "204 No Content", "500 Internal Server Error", "502 Bad Gateway",
        "503 Service Unavailable", "504 Gateway Timeout", "520 Odd", "304 Not Modified",
    ])
    func `an answer that tells nothing of what was done is an unknown outcome`(status: String)
        async throws
    {
        let reply = ScriptedHTTP.Reply.raw("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n")
        let noBody = ScriptedHTTP.Reply.raw("HTTP/1.1 \(status)\r\n\r\n")
        let isBare = status.hasPrefix("204") || status.hasPrefix("304")
        let (outcome, requests) = try await self.outcome([isBare ? noBody : reply])
        #expect(outcome?.isUnknown == true)
        #expect(requests == 1)
    }

    @Test(arguments: ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
    func `a redirect is not followed, so that the token goes nowhere else`(status: String)
        async throws
    {
        try await ScriptedHTTP.with([.answer("200 OK", Self.me)]) { elsewhere, target in
            let redirect = ScriptedHTTP.Reply.answer(status, "", "Location: \(target)/users/@me")
            let (outcome, requests) = try await self.outcome([redirect])
            #expect(outcome?.isUnknown == true)
            #expect(requests == 1)
            #expect(elsewhere.requests.isEmpty)
        }
    }

    @Test(arguments: [
        (#"{"code":50013,"message":"Missing Permissions"}"#, Int64(50_013), "Missing Permissions"),
        (#"{"code":987654321,"message":"New"}"#, 987_654_321, "New"),
        (#"{"code":"x","message":5}"#, 0, "no reason given"),
        ("<html>blocked</html>", 0, "no reason given"), ("", 0, "no reason given"),
    ])
    func `a refusal keeps Discord's code and sentence, whatever they are`(
        body: String, code: Int64, message: String
    ) async throws {
        let (outcome, _) = try await self.outcome([.answer("403 Forbidden", body)])
        #expect(outcome == .rejected(.init(status: 403, code: code, message: message)))
    }

    @Test
    func `a refusal's sentence is cut`() async throws {
        let body = #"{"message":""# + String(repeating: "x", count: 100_000) + #""}"#
        let (outcome, _) = try await self.outcome([.answer("400 Bad Request", body)])
        #expect(outcome?.rejection?.message.count == 300)
    }

    @Test
    func `a refused token is told of and not used again`() async throws {
        let refusal = ScriptedHTTP.Reply.answer("401 Unauthorized", #"{"code":0,"message":"No"}"#)
        try await ScriptedHTTP.with([refusal, .answer("200 OK", Self.me)]) { server, url in
            try await self.withAPI(at: url) { api in
                #expect(await api.currentUser().rejection?.isUnauthorized == true)
                #expect(await api.currentUser().wait ?? .zero > .seconds(500))
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test
    func `a short rate limit is waited for, and the request repeated`() async throws {
        let limited = ScriptedHTTP.Reply.answer(
            "429 Too Many Requests", #"{"retry_after":0.01,"global":false}"#)
        let (outcome, requests) = try await self.outcome([
            limited, limited, .answer("200 OK", Self.me),
        ])
        #expect(outcome?.value?.id == FakeDiscord.bot)
        #expect(requests == 3)
    }

    @Test
    func `a request that is limited again and again is given back`() async throws {
        let limited = ScriptedHTTP.Reply.answer(
            "429 Too Many Requests", #"{"retry_after":0,"global":false}"#)
        let (outcome, requests) = try await self.outcome(Array(repeating: limited, count: 9))
        #expect(outcome?.wait == .seconds(30))
        #expect(requests == 5)
    }

    @Test(
        arguments: [
            ("{}", nil, 50...61), (#"{"retry_after":1e9}"#, nil, 86_000...86_401),
            (#"{"retry_after":-1}"#, nil, 50...61), (#"{"retry_after":"soon"}"#, nil, 50...61),
            (#"{"retry_after":1e400}"#, nil, 50...61), ("<html>1015</html>", "30", 20...31),
            ("", "Wed, 21 Oct 2026 07:28:00 GMT", 50...61), ("", "-5", 50...61),
        ] as [(String, String?, ClosedRange<Int64>)])
    func `a long or odd rate limit is handed to the caller, within a day`(
        body: String, header: String?, seconds: ClosedRange<Int64>
    ) async throws {
        let reply: ScriptedHTTP.Reply =
            header.map { .answer("429 Too Many Requests", body, "Retry-After: \($0)") }
            ?? .answer("429 Too Many Requests", body)
        let (outcome, requests) = try await self.outcome([reply, .answer("200 OK", Self.me)])
        let wait = try #require(outcome?.wait)
        #expect(seconds.contains(wait.components.seconds))
        #expect(requests == 1)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"id\":",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "what?\r\n\r\n",
    ])
    func `a connection that ends in the answer leaves it unknown what was done`(bytes: String)
        async throws
    {
        let (outcome, requests) = try await self.outcome([.cutAfter(bytes)])
        #expect(outcome?.isUnknown == true)
        #expect(requests == 1, "what may have been done is repeated")
    }

    @Test(arguments: [
        ScriptedHTTP.Reply.silence, .raw("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n"),
        .raw("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"id\":"),
    ])
    func `an answer that stalls anywhere is given up after the time-out`(
        reply: ScriptedHTTP.Reply
    ) async throws {
        let (outcome, _) = try await self.outcome([reply], timeout: .milliseconds(200))
        #expect(outcome?.isUnknown == true)
    }

    @Test
    func `an answer beyond 16 MiB is not read, with its length told or not`() async throws {
        let chunk = "100000\r\n" + String(repeating: " ", count: 1 << 20) + "\r\n"
        let replies: [ScriptedHTTP.Reply] = [
            .raw("HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n{"),
            .raw(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + String(repeating: chunk, count: 17)),
        ]
        for reply in replies {
            let (outcome, _) = try await self.outcome([reply])
            #expect(outcome?.isUnknown == true)
        }
    }

    @Test
    func `where nobody listens nothing was done`() async throws {
        var address = ""
        try await ScriptedHTTP.with([]) { _, url in address = url }
        try await self.withAPI(at: address) { api in
            #expect(await api.currentUser().wait == .seconds(2))
        }
    }

    @Test
    func `a request that never gets a connection was not sent`() async throws {
        try await ScriptedHTTP.with([]) { server, url in
            try await self.withAPI(at: url, connectTimeout: .seconds(1)) { api in
                await withTaskGroup(of: Void.self) { group in
                    // As many as the client holds to one server, each of a route of its own.
                    for id in 1...8 as ClosedRange<UInt64> {
                        group.addTask { _ = await api.channel(Snowflake(id)) }
                    }
                    await server.wait(for: 8)
                    let outcome = await api.channel(Snowflake(9))
                    #expect(outcome.wait != nil, "\(outcome)")
                    #expect(server.requests.count == 8)
                    group.cancelAll()
                }
            }
        }
    }

    @Test
    func `a cancelled request ends at once`() async throws {
        try await ScriptedHTTP.with([.silence]) { server, url in
            try await self.withAPI(at: url) { api in
                await withTaskGroup(of: Bool.self) { group in
                    group.addTask { await api.currentUser().isUnknown }
                    await server.wait(for: 1)
                    group.cancelAll()
                    #expect(await group.next() == true)
                }
            }
        }
    }
}

extension DiscordOutcome {
    fileprivate var value: Value? {
        if case .ok(let value) = self { value } else { nil }
    }
    fileprivate var rejection: DiscordRejection? {
        if case .rejected(let rejection) = self { rejection } else { nil }
    }
    fileprivate var wait: Duration? {
        if case .postponed(let wait, _) = self { wait } else { nil }
    }
    fileprivate var isUnknown: Bool {
        if case .unknown = self { true } else { false }
    }
}
