import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import WebSocketServer
import WebSockets

/// Says back what it hears; on `close NNNN` it closes with that code, on `drop` it drops TCP.
final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketEvent
    typealias OutboundOut = WebSocketOutbound

    func handlerAdded(context: ChannelHandlerContext) {
        let hello = WebSocketOutbound.text(ByteBuffer(string: "hello"))
        context.writeAndFlush(Self.wrapOutboundOut(hello), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .text(let bytes):
            let text = String(buffer: bytes)
            if text == "drop" {
                context.close(promise: nil)
            } else if text.hasPrefix("close "), let code = UInt16(text.dropFirst(6)) {
                let close = WebSocketOutbound.close(code: code, reason: "as you like")
                context.writeAndFlush(Self.wrapOutboundOut(close), promise: nil)
            } else {
                context.writeAndFlush(Self.wrapOutboundOut(.text(bytes)), promise: nil)
            }
        case .binary(let bytes):
            context.writeAndFlush(Self.wrapOutboundOut(.binary(bytes)), promise: nil)
        case .closed: break
        }
    }
}

/// Runs a server with an echo at /echo, a refusal at /refused and a page at / while `body` runs.
func withEchoServer(
    messageBytesMax: Int = 1 << 20, _ body: @Sendable (Int) async throws -> Void
) async throws {
    var logger = Logger(label: "echo")
    logger.logLevel = .critical
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let router = Router()
    router.get("/") { _, _ in "page" }
    router.get("/echo") { _, _ in "no upgrade" }
    let webSocket = WebSocketConfiguration(
        role: .server, limits: WebSocketLimits(messageBytesMax: messageBytesMax))
    let app = Application(
        router: router, server: echoChannel(webSocket),
        configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in
            port.yield(channel.localAddress?.port ?? 0)
        }, logger: logger)
    let group = ServiceGroup(services: [app], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        for await port in ports {
            try await body(port)
            break
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

private func echoChannel(_ webSocket: WebSocketConfiguration) -> HTTPServerBuilder {
    HTTPServerBuilder { responder in
        HTTP1WebSocketUpgradeChannel(
            responder: responder, webSocket: webSocket,
            shouldUpgrade: { head, _ in
                switch head.uri {
                case "/echo": .upgrade(headers: ["X-Echo": "yes"])
                case "/refused": .refuse(status: .forbidden, text: "Not from there.")
                default: .notHere
                }
            },
            configure: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoHandler())
                }
            })
    }
}
