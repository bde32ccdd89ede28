import GatewayKit
import NIOCore
import NIOHTTP1
import NIOPosix
import ProcessShell
import Protocol
import ServiceLifecycle
import StrictJSON
import Testing
import WebSockets

@testable import WebGateway

@Suite(.timeLimit(.minutes(1))) struct WebServerTests {
    @Test func `a visitor writes and finds it again after a reload`() async throws {
        try await TestServer.withServer { port, _, _ in
            try await TestServer.withWelcome(port) { page, welcome in
                #expect(welcome["head"]?["seq"] == 0)
                try await page.say(["type": "send", "key": "k1", "body": "Hello"])
                var heard = [try await page.hear(), try await page.hear()]
                heard.sort { ($0["type"]?.string ?? "") < ($1["type"]?.string ?? "") }
                #expect(heard[0]["events"]?.array?.first?["body"] == "Hello")
                #expect(heard[1]["type"] == "sent")
                #expect(heard[1]["seq"] == 1)
            }
            try await TestServer.withWelcome(port) { page, welcome in
                #expect(welcome["head"]?["seq"] == 1)
                let events = try await page.hear()
                #expect(events["events"]?.array?.first?["key"] == "k1")
                #expect(events["events"]?.array?.first?["from"] == "visitor")
                try await page.say(["type": "ping"])
                #expect(try await page.hear()["type"] == "pong")
            }
        }
    }

    @Test func `another secret is sent away`() async throws {
        try await TestServer.withServer { port, _, _ in
            try await TestServer.withWelcome(port) { _, _ in }
            try await TestServer.withPage(port) { page in
                let other = String(repeating: "B", count: 43)
                try await page.say(TestPage.hello(secret: other))
                #expect(try await page.hear()["code"] == "credential_refused")
                #expect(try await page.hear() == ["closed": 4401])
            }
        }
    }

    @Test func `a page that speaks no JSON is sent away`() async throws {
        try await TestServer.withServer { port, _, _ in
            try await TestServer.withPage(port) { page in
                try await page.writer.send(text: "hello")
                #expect(try await page.hear()["code"] == "bad_message")
                #expect(try await page.hear() == ["closed": 4400])
            }
        }
    }

    @Test func `pages are sent away when the broker is lost`() async throws {
        try await TestServer.withServer { port, broker, _ in
            try await TestServer.withWelcome(port) { page, _ in
                try await broker.stop()
                #expect(try await page.hear() == ["closed": 1013])
            }
            try await TestServer.withPage(port) { page in
                try await page.say(TestPage.hello())
                #expect(try await page.hear() == ["closed": 1013])
            }
        }
    }

    @Test func `pages are sent to the next process when this one ends`() async throws {
        try await TestServer.withServer { port, _, group in
            try await TestServer.withWelcome(port) { page, _ in
                await group.triggerGracefulShutdown()
                let closing = try await page.hear()
                #expect(closing == ["closed": 1012])
            }
        }
    }

    @Test func `a page of another origin is refused`() async throws {
        try await TestServer.withServer(["CHATBOX_ALLOWED_ORIGINS": "https://shop.example"]) {
            port, _, _ in
            await #expect(throws: WebSocketError.refused(status: 403)) {
                try await TestServer.withPage(port, headers: ["Origin": "https://evil.example"]) {
                    _ in
                }
            }
            try await TestServer.withPage(port, headers: ["Origin": "https://shop.example"]) {
                page in
                try await page.say(["type": "ping"])
                #expect(try await page.hear()["type"] == "pong")
            }
        }
    }

    @Test func `a port in use is told in a sentence`() async throws {
        try await TestServer.withServer { port, broker, _ in
            var configuration = try WebConfiguration(Settings(environment: [:]))
            configuration.socketPath = broker.path
            configuration.port = port
            let services = WebGatewayCommand.services(configuration, quiet) { _ in }
            let error = await #expect(throws: ProcessFailure.self) {
                try await ServiceGroup(services: services, logger: quiet).run()
            }
            #expect(error?.exitCode == .unavailable)
            #expect(error?.sentence.contains("127.0.0.1:\(port)") == true)
        }
    }

    @Test func `what a page has stored, reports and types reaches the broker`() async throws {
        try await TestServer.withServer { port, broker, _ in
            try await TestServer.withWelcome(port) { page, welcome in
                #expect(welcome["page"] == "e3b0c44298fc1c14")
                #expect(welcome["state"] == "open")
                #expect(welcome["reported"]?["seen_upto"] == 0)
                try await broker.commit()
                #expect(try await page.hear()["events"]?.array?.first?["body"] == "team 1")
                try await page.say(
                    [
                        "type": "edit", "key": "e", "target": "k", "revision": 1, "body": "x",
                    ])
                let edited = try await page.hear()
                #expect(edited["key"] == "e")
                #expect(edited["revision"] == 1)
                try await page.say(["type": "delete", "key": "d", "target": "k"])
                #expect(
                    try await page.hear() == ["type": "sent", "key": "d", "duplicate": false])
                try await page.say(["type": "report", "delivered_upto": 1, "seen_upto": 1])
                try await page.say(["type": "typing"])
                try await page.say(["type": "requeue", "key": "r", "seq": 1])
                #expect(try await page.hear()["code"] == "not_found", "there is no other service")
            }
            try await eventually {
                let heard = try await broker.heard
                return [
                    "signal access", "edit k 1", "delete k", "report 1 1", "signal typing",
                    "signal presence(isOn: true)", "signal presence(isOn: false)",
                ].allSatisfy(heard.contains)
            }
        }
    }

    @Test func `what the broker says reaches the page`() async throws {
        try await TestServer.withServer { port, broker, _ in
            try await TestServer.withWelcome(port) { page, _ in
                let discord = try Sample.name("discord")
                let signal = Signal(
                    conversation: Sample.conversation, kind: .typing, name: "Sam")
                try await broker.push(SignalPush(signal: signal, service: discord))
                #expect(try await page.hear() == ["type": "typing", "name": "Sam"])
                try await broker.push(
                    ConversationStatePush(conversation: Sample.conversation, state: .blocked))
                #expect(try await page.hear() == ["type": "state", "state": "blocked"])
                try await broker.push(ServiceState(service: discord, isUp: true, since: 5))
                #expect(try await page.hear() == ["type": "team", "up": true, "since": 5])
            }
        }
    }

    @Test func `it isn't ready while the broker stores nothing, and pages stay`() async throws {
        try await TestServer.withServer { port, broker, _ in
            try await TestServer.withWelcome(port) { page, _ in
                try await TestServer.waitForBroker(port)
                let full = Status.Storage(code: .storageFull, since: 5)
                for (trouble, status) in [(full, 503), (nil, 200)] as [(Status.Storage?, Int)] {
                    try await broker.push(StorageState(trouble))
                    // The page hears of what came after it.
                    try await broker.commit()
                    #expect(try await page.hear()["type"] == "events")
                    let said = try await RawClient.status(port, RawClient.get("/readyz"))
                    #expect(said == status)
                }
            }
        }
    }

    @Test func `a page misses nothing when the broker lets a subscription go`() async throws {
        try await TestServer.withServer { port, broker, _ in
            try await TestServer.withWelcome(port) { page, _ in
                try await broker.commit()
                #expect(try await page.hear()["events"]?.array?.first?["seq"] == 1)
                for _ in 0..<3 { try await broker.commit(isPushed: false) }
                try await broker.push(Lagged(conversation: Sample.conversation, from: 1))
                let missed = try await page.hear()["events"]?.array ?? []
                #expect(missed.map { $0["seq"] } == [2, 3, 4])
                try await broker.commit()
                #expect(try await page.hear()["events"]?.array?.first?["seq"] == 5)
            }
        }
    }

    @Test func `a picture is asked for once and kept`() async throws {
        try await TestServer.withServer { port, broker, _ in
            try await TestServer.withWelcome(port) { _, _ in }
            for _ in 0..<2 {
                let answer = String(
                    decoding: try await RawClient.say(
                        port, Array(RawClient.get("/avatar/cafe").utf8)), as: UTF8.self)
                #expect(answer.hasPrefix("HTTP/1.1 200"))
                for field in [
                    "Content-Type: image/png", "X-Content-Type-Options: nosniff",
                    "Content-Security-Policy: default-src 'none'; sandbox",
                    "Cache-Control: public, max-age=31536000, immutable",
                    "Cross-Origin-Resource-Policy: cross-origin",
                ] {
                    #expect(answer.contains(field), "\(field)")
                }
                #expect(answer.hasSuffix("\u{1}\u{2}\u{3}"))
            }
            #expect(try await RawClient.status(port, RawClient.get("/avatar/none")) == 404)
            let asked = try await broker.heard.filter { $0.hasPrefix("picture") }
            #expect(asked == ["picture cafe", "picture none"])
        }
    }

    @Test func `counts are told to this machine`() async throws {
        try await TestServer.withServer { port, _, _ in
            try await TestServer.withWelcome(port) { page, _ in
                try await page.say(["type": "send", "key": "k", "body": "Hello"])
                _ = [try await page.hear(), try await page.hear()]
                try await page.say(["type": "send", "key": "l", "body": " "])
                _ = try await page.hear()
                let counts = String(
                    decoding: try await RawClient.say(
                        port, Array(RawClient.get("/metrics").utf8)), as: UTF8.self)
                for line in [
                    "chatbox_web_broker_up 1",
                    #"chatbox_web_stored_total{kind="send"} 1"#,
                    #"chatbox_web_refused_total{code="message_empty"} 1"#,
                    "chatbox_web_store_seconds_count 1",
                ] {
                    #expect(counts.contains("\n\(line)\n"), "\(line)")
                }
            }
            let forwarded = RawClient.get("/metrics", "X-Forwarded-For: 192.0.2.1\r\n")
            #expect(try await RawClient.status(port, forwarded) == 403)
            // A proxy that adds nothing keeps the name that was asked for.
            let named = RawClient.get("/metrics", host: "203.0.113.5")
            #expect(try await RawClient.status(port, named) == 403)
        }
    }
}
