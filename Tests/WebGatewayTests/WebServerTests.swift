import Foundation
import GatewayKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
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

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite struct WebRoutesTests {
    /// A folder with a page in it.
    func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "static-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("<!doctype html>".utf8).write(to: folder.appending(path: "index.html"))
        try await body(folder.path(percentEncoded: false))
    }

    func app(_ folder: String, isReady: Bool = true) -> some ApplicationProtocol {
        Application(
            router: WebRoutes.router(folder: folder, logger: quiet) { isReady }, logger: quiet)
    }

    @Test(arguments: [
        ("/", 200), ("/index.html", 200), ("/livez", 200), ("/readyz", 200), ("/ws", 426),
        ("/none", 404), ("/..%2Fsecret", 400),
    ])
    func `every answer keeps a page from doing more than it should`(
        path: String, status: Int
    ) async throws {
        try await self.withFolder { folder in
            try await self.app(folder).test(.router) { client in
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status.code == status)
                let policy = try #require(response.headers[.contentSecurityPolicy])
                #expect(policy.contains("default-src 'none'; script-src 'self'"))
                #expect(!policy.contains("unsafe"))
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
                let referrer = try #require(HTTPField.Name("Referrer-Policy"))
                #expect(response.headers[referrer] == "no-referrer")
            }
        }
    }

    @Test func `a page is asked for again and mostly not sent again`() async throws {
        try await self.withFolder { folder in
            try await self.app(folder).test(.router) { client in
                let first = try await client.execute(uri: "/", method: .get)
                #expect(first.headers[.contentType] == "text/html; charset=utf-8")
                #expect(first.headers[.cacheControl] == "no-cache")
                let tag = try #require(first.headers[.eTag])
                let second = try await client.execute(
                    uri: "/", method: .get, headers: [.ifNoneMatch: tag])
                #expect(second.status == .notModified)
            }
        }
    }

    @Test(arguments: ["bytes=5-2", "bytes=0-2", "bytes=99999-", "bytes=-0", "x"])
    func `a range of a file is the whole file`(range: String) async throws {
        try await self.withFolder { folder in
            try await self.app(folder).test(.router) { client in
                let response = try await client.execute(
                    uri: "/index.html", method: .get, headers: [.range: range])
                #expect(response.status == .ok)
                #expect(String(buffer: response.body) == "<!doctype html>")
            }
        }
    }

    @Test func `without the broker the process works and isn't ready`() async throws {
        try await self.withFolder { folder in
            try await self.app(folder, isReady: false).test(.router) { client in
                #expect(try await client.execute(uri: "/livez", method: .get).status == .ok)
                let ready = try await client.execute(uri: "/readyz", method: .get)
                #expect(ready.status == .serviceUnavailable)
            }
        }
    }
}

/// A page: says and hears JSON.
struct TestPage {
    let writer: WebSocketWriter
    var events: WebSocketInbound.Iterator

    func say(_ value: JSONValue) async throws {
        try await self.writer.send(text: JSONWriter.text(value))
    }

    /// The next message, or how the socket was closed.
    mutating func hear() async throws -> JSONValue {
        switch try await self.events.next() {
        case .text(let text)?: return try JSONParser.parse(Array(buffer: text))
        case .closed(let code, _)?:
            return ["closed": .integer(Int64(code ?? 0))]
        case .binary?, nil: return .null
        }
    }

    static func hello(secret: String = Sample.secret) -> JSONValue {
        [
            "type": "hello", "version": 1, "visitor": .string(Sample.visitor),
            "secret": .string(secret), "create": true, "name": "Ann",
        ]
    }
}

@Suite(.timeLimit(.minutes(1))) struct WebServerTests {
    /// Runs the whole process but its command, with a broker.
    func withServer(
        origins: String = "", _ body: (Int, PretendBroker, ServiceGroup) async throws -> Void
    ) async throws {
        let broker = try await PretendBroker()
        let configuration = try WebConfiguration(
            Settings(environment: [
                "CHATBOX_SOCKET": broker.path, "CHATBOX_WEB_PORT": "0",
                "CHATBOX_ALLOWED_ORIGINS": origins,
            ]))
        let (ports, sink) = AsyncStream.makeStream(of: Int.self)
        let services = WebGatewayCommand.services(configuration, quiet) { address in
            sink.yield(address?.port ?? 0)
        }
        let group = ServiceGroup(services: services, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var port = ports.makeAsyncIterator()
            try await body(try #require(await port.next()), broker, group)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        // A test may have ended it already.
        try? await broker.stop()
    }

    func withPage(
        _ port: Int, origin: String? = nil, _ body: (inout TestPage) async throws -> Void
    ) async throws {
        let client = WebSocketClient(
            limits: WebSocketLimits(messageBytesMax: 1_048_576), connectTimeout: .seconds(10),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        try await client.withWebSocket(
            url: "ws://127.0.0.1:\(port)/ws",
            headers: origin.map { HTTPHeaders([("Origin", $0)]) } ?? HTTPHeaders()
        ) { inbound, writer in
            var page = TestPage(writer: writer, events: inbound.makeAsyncIterator())
            try await body(&page)
        }
    }

    /// A page that was welcomed, trying again while the broker isn't connected yet.
    func withWelcome(
        _ port: Int, _ body: (inout TestPage, JSONValue) async throws -> Void
    ) async throws {
        var isWelcomed = false
        while !isWelcomed {
            try await self.withPage(port) { page in
                try await page.say(TestPage.hello())
                let answer = try await page.hear()
                guard answer["type"] == "welcome" else {
                    #expect(answer["closed"] == 1013)
                    return
                }
                isWelcomed = true
                try await body(&page, answer)
            }
        }
    }

    @Test func `a visitor writes and finds it again after a reload`() async throws {
        try await self.withServer { port, _, _ in
            try await self.withWelcome(port) { page, welcome in
                #expect(welcome["head"]?["seq"] == 0)
                try await page.say(["type": "send", "key": "k1", "body": "Hello"])
                var heard = [try await page.hear(), try await page.hear()]
                heard.sort { ($0["type"]?.string ?? "") < ($1["type"]?.string ?? "") }
                #expect(heard[0]["events"]?.array?.first?["body"] == "Hello")
                #expect(heard[1]["type"] == "sent")
                #expect(heard[1]["seq"] == 1)
            }
            try await self.withWelcome(port) { page, welcome in
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
        try await self.withServer { port, _, _ in
            try await self.withWelcome(port) { _, _ in }
            try await self.withPage(port) { page in
                let other = String(repeating: "B", count: 43)
                try await page.say(TestPage.hello(secret: other))
                #expect(try await page.hear()["code"] == "credential_refused")
                #expect(try await page.hear() == ["closed": 4401])
            }
        }
    }

    @Test func `a page that speaks no JSON is sent away`() async throws {
        try await self.withServer { port, _, _ in
            try await self.withPage(port) { page in
                try await page.writer.send(text: "hello")
                #expect(try await page.hear()["code"] == "bad_message")
                #expect(try await page.hear() == ["closed": 4400])
            }
        }
    }

    @Test func `pages are sent away when the broker is lost`() async throws {
        try await self.withServer { port, broker, _ in
            try await self.withWelcome(port) { page, _ in
                try await broker.stop()
                #expect(try await page.hear() == ["closed": 1013])
            }
            try await self.withPage(port) { page in
                try await page.say(TestPage.hello())
                #expect(try await page.hear() == ["closed": 1013])
            }
        }
    }

    @Test func `pages are sent to the next process when this one ends`() async throws {
        try await self.withServer { port, _, group in
            try await self.withWelcome(port) { page, _ in
                await group.triggerGracefulShutdown()
                let closing = try await page.hear()
                #expect(closing == ["closed": 1012])
            }
        }
    }

    @Test func `a page of another origin is refused`() async throws {
        try await self.withServer(origins: "https://shop.example") { port, _, _ in
            await #expect(throws: WebSocketError.refused(status: 403)) {
                try await self.withPage(port, origin: "https://evil.example") { _ in }
            }
            try await self.withPage(port, origin: "https://shop.example") { page in
                try await page.say(["type": "ping"])
                #expect(try await page.hear()["type"] == "pong")
            }
        }
    }

    @Test func `a port in use is told in a sentence`() async throws {
        try await self.withServer { port, broker, _ in
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
}
