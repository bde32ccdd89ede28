import NIOCore
import NIOHTTP1
import NIOPosix
import Protocol
import ServiceLifecycle
import StrictJSON
import Testing
import WebSockets

@testable import WebGateway

/// Limits of the whole server, as strangers and slow clients meet them.
@Suite(.timeLimit(.minutes(1))) struct WebServerLimitTests {
    private static let ann: HTTPHeaders = ["X-Forwarded-For": "127.0.0.1, 192.0.2.1"]

    /// Holds so many sockets of one visitor.
    private static func hold(
        _ port: Int, _ count: Int, _ body: () async throws -> Void
    ) async throws {
        guard count > 0 else { return try await body() }
        try await TestServer.withPage(port, headers: Self.ann) { _ in
            try await Self.hold(port, count - 1, body)
        }
    }

    @Test func `behind a trusted proxy each visitor has limits of their own`() async throws {
        try await TestServer.withServer(["CHATBOX_TRUSTED_PROXIES": "127.0.0.1"]) { port, _, _ in
            try await Self.hold(port, WebLimits.socketsPerAddress) {
                await #expect(throws: WebSocketError.refused(status: 429)) {
                    try await TestServer.withPage(port, headers: Self.ann) { _ in }
                }
                let bob: HTTPHeaders = ["X-Forwarded-For": "192.0.2.2"]
                try await TestServer.withPage(port, headers: bob) { _ in }
                try await TestServer.withPage(port) { _ in }
            }
            let encrypted = RawClient.get(
                "/livez", "X-Forwarded-For: 192.0.2.3\r\nX-Forwarded-Proto: https\r\n")
            let answer = String(
                decoding: try await RawClient.say(port, Array(encrypted.utf8)), as: UTF8.self)
            #expect(answer.contains("Strict-Transport-Security: max-age=63072000"))
        }
    }

    @Test func `an address that makes too many conversations is told how long to wait`()
        async throws
    {
        try await TestServer.withServer(["CHATBOX_TRUSTED_PROXIES": "127.0.0.1"]) { port, _, _ in
            try await TestServer.waitForBroker(port)
            for number in 0..<4 {
                let headers: HTTPHeaders = ["X-Forwarded-For": "192.0.2.1"]
                try await TestServer.withPage(port, headers: headers) { page in
                    let visitor = "0b6f1f9e-3d5c-4f5e-9a41-2b8f7c1d2e\(number)0"
                    try await page.say(TestPage.hello(visitor))
                    let answer = try await page.hear()
                    guard number == 3 else { return }
                    #expect(answer["code"] == "rate_limited")
                    #expect((answer["retry_after_ms"]?.integer ?? 0) > 1_000_000)
                    #expect(try await page.hear() == ["closed": 4429])
                }
            }
        }
    }

    @Test func `a page that never says hello is sent away, and one that did stays`() async throws {
        try await TestServer.withServer(helloTime: .seconds(2)) { port, _, _ in
            try await TestServer.withWelcome(port) { welcomed, _ in
                try await TestServer.withPage(port) { silent in
                    try await silent.say(["type": "ping"])
                    #expect(try await silent.hear()["type"] == "pong")
                    let refusal = try await silent.hear()
                    #expect(refusal["type"] == "refused" && refusal["code"] == "hello_timeout")
                    #expect(refusal["message"]?.string?.isEmpty == false)
                    #expect(try await silent.hear() == ["closed": 4408])
                }
                try await welcomed.say(["type": "ping"])
                #expect(try await welcomed.hear()["type"] == "pong")
            }
        }
    }

    @Test func `pages that read nothing don't hold up the end`() async throws {
        try await TestServer.withServer { port, broker, group in
            try await TestServer.withWelcome(port) { page, _ in
                var silent: [any Channel] = []
                for text in ["", "GET / HT", RawClient.opening(), RawClient.get("/livez")] {
                    let channel = try await RawClient.connect(port)
                    try await channel.writeAndFlush(ByteBuffer(string: text)).get()
                    silent.append(channel)
                }
                let began = ContinuousClock.now
                await group.triggerGracefulShutdown()
                #expect(try await page.hear() == ["closed": 1012])
                for channel in silent {
                    // It may be closed already.
                    try? await channel.setOption(.autoRead, value: true).get()
                    try await channel.closeFuture.get()
                }
                #expect(.now - began < .seconds(5))
            }
        }
    }

    @Test func `a page that reads too slowly is let go`() async throws {
        try await TestServer.withServer { port, broker, _ in
            try await TestServer.withWelcome(port) { _, _ in }
            let hello = JSONWriter.text(TestPage.hello())
            let channel = try await RawClient.connect(port)
            let bytes = Array(RawClient.opening().utf8) + RawClient.frame(0x81, Array(hello.utf8))
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
            var event = try Sample.event(1)
            event.body = String(repeating: "x", count: 60_000)
            let gone = Array(#"chatbox_web_sockets_closed_total{code="1013"}"#.utf8)
            try await eventually {
                event.seq += 1
                try await broker.push(
                    EventPush(conversation: Sample.conversation, event: event))
                let counts = try await RawClient.say(
                    port, Array(RawClient.get("/metrics").utf8))
                return counts.split(separator: 0x0A).contains { $0.starts(with: gone) }
            }
            try await channel.close().get()
        }
    }
}
