import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import StrictJSON
import Synchronization
import Testing
import WebSockets

/// A Gateway of Discord on a free port that says what the test says.
final class ScriptedGateway: Sendable {
    /// Where it is.
    let url: String
    private let listener: any Channel
    private let accepted: AsyncStream<Connection>

    /// Runs a test with a gateway, and ends it afterwards.
    static func with(_ body: (ScriptedGateway) async throws -> Void) async throws {
        let gateway = try await ScriptedGateway()
        do {
            try await body(gateway)
        } catch {
            try? await gateway.listener.close()
            throw error
        }
        try await gateway.listener.close()
    }

    private init() async throws {
        let (accepted, continuation) = AsyncStream.makeStream(of: Connection.self)
        self.accepted = accepted
        self.listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let upgrader = Self.upgrader(continuation)
                return channel.pipeline.configureHTTPServerPipeline(
                    withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.url = "ws://127.0.0.1:\(self.listener.localAddress?.port ?? 0)"
    }

    private static func upgrader(
        _ continuation: AsyncStream<Connection>.Continuation
    ) -> NIOWebSocketServerUpgrader {
        NIOWebSocketServerUpgrader(
            maxFrameSize: 1 << 16, automaticErrorHandling: false,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    let (events, sink) = AsyncStream.makeStream(of: WebSocketEvent.self)
                    let limits = WebSocketLimits(messageBytesMax: 1 << 16)
                    try channel.pipeline.syncOperations.addHandlers([
                        WebSocketMessageHandler(.init(role: .server, limits: limits)),
                        EventSink(sink),
                    ])
                    continuation.yield(
                        Connection(uri: head.uri, channel: channel, events: events))
                }
            })
    }

    /// The next connection.
    func accept() async throws -> Connection {
        for await connection in self.accepted { return connection }
        throw Ended()
    }

    /// The next connection, greeted, and what it asks for then.
    func greet(interval: Int64 = 45_000) async throws -> (Connection, command: JSONValue) {
        let connection = try await self.accept()
        connection.write(["op": 10, "d": ["heartbeat_interval": .integer(interval)]])
        return (connection, try await connection.next())
    }

    /// The next connection, on which a new session stands.
    func start(interval: Int64 = 45_000) async throws -> Connection {
        let (connection, command) = try await self.greet(interval: interval)
        #expect(command["op"] == 2)
        connection.write(self.ready)
        return connection
    }

    /// A READY, number 1, that leads back here.
    var ready: JSONValue {
        [
            "op": 0, "s": 1, "t": "READY",
            "d": ["session_id": "s1", "resume_gateway_url": .string(self.url + "/resume")],
        ]
    }

    struct Ended: Error {}

    /// The Gateway's end of one connection.
    struct Connection: Sendable {
        /// What the client asked for.
        let uri: String
        let channel: any Channel
        let events: AsyncStream<WebSocketEvent>

        /// The next thing said, heartbeats left out.
        func next() async throws -> JSONValue {
            while true {
                let value = try await self.nextOfAny()
                if value["op"] != 1 { return value }
            }
        }

        /// The next thing said, also a heartbeat.
        func nextOfAny() async throws -> JSONValue {
            for await event in self.events {
                guard case .text(let text) = event else { break }
                return try JSONParser.parse(String(buffer: text))
            }
            throw Ended()
        }

        /// Waits until the client is gone, and answers its last event.
        func end() async -> WebSocketEvent? {
            var last: WebSocketEvent?
            for await event in self.events { last = event }
            return last
        }

        /// Says something.
        func write(_ value: JSONValue) { self.write(text: JSONWriter.text(value)) }

        /// Says a text.
        func write(text: String) {
            let text = self.channel.allocator.buffer(string: text)
            self.channel.writeAndFlush(WebSocketOutbound.text(text), promise: nil)
        }

        /// Ends the connection with a code.
        func close(_ code: UInt16) {
            self.channel.writeAndFlush(
                WebSocketOutbound.close(code: code, reason: "scripted"), promise: nil)
        }

        /// Cuts the connection.
        func cut() async throws { try await self.channel.close() }
    }
}

/// Turns what a client does into a sequence.
private final class EventSink: ChannelInboundHandler {
    typealias InboundIn = WebSocketEvent
    private let sink: AsyncStream<WebSocketEvent>.Continuation

    init(_ sink: AsyncStream<WebSocketEvent>.Continuation) { self.sink = sink }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.sink.yield(Self.unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) { self.sink.finish() }
}
