import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ProcessShell
import ServiceLifecycle
import StrictJSON
import Testing
import WebSockets

@testable import WebGateway

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

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

    static func hello(
        _ visitor: String = Sample.visitor, secret: String = Sample.secret
    ) -> JSONValue {
        [
            "type": "hello", "version": 1, "visitor": .string(visitor),
            "secret": .string(secret), "create": true, "name": "Ann",
        ]
    }
}

/// The whole process but its command, with a broker.
enum TestServer {
    /// Runs the whole process but its command, with a broker.
    static func withServer(
        _ settings: [String: String] = [:], helloTime: Duration? = nil,
        _ body: (Int, PretendBroker, ServiceGroup) async throws -> Void
    ) async throws {
        let broker = try await PretendBroker()
        let basis = [
            "CHATBOX_SOCKET": broker.path, "CHATBOX_WEB_PORT": "0", "CHATBOX_STATIC": "/nowhere",
        ]
        var configuration = try WebConfiguration(
            Settings(environment: basis.merging(settings) { $1 }))
        if let helloTime { configuration.helloTime = helloTime }
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

    static func withPage(
        _ port: Int, headers: HTTPHeaders = [:], _ body: (inout TestPage) async throws -> Void
    ) async throws {
        let client = WebSocketClient(
            limits: WebSocketLimits(messageBytesMax: 1_048_576), connectTimeout: .seconds(10),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        try await client.withWebSocket(
            url: "ws://127.0.0.1:\(port)/ws",
            headers: headers
        ) { inbound, writer in
            var page = TestPage(writer: writer, events: inbound.makeAsyncIterator())
            try await body(&page)
        }
    }

    /// A page that was welcomed, trying again while the broker isn't connected yet.
    static func withWelcome(
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

    /// Waits until the server has its broker.
    static func waitForBroker(_ port: Int) async throws {
        try await eventually {
            try await RawClient.status(port, RawClient.get("/readyz")) == 200
        }
    }
}

/// Waits until something is so, looking again and again; a suite's time limit ends it.
func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() {
        try Task.checkCancellation()
        await Task.yield()
    }
}
