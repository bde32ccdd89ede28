import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import UnixSignals
import WebSocketServer
import WebSockets

/// Echoes on every path of a free port, which it prints on standard output.
struct EchoServer: Sendable {
    let limits: WebSocketLimits

    /// Serves until cancelled or told to end by SIGTERM or SIGINT.
    func run() async throws {
        var logger = Logger(label: "echo")
        logger.logLevel = .critical
        let application = Application(
            router: Router(), server: self.channel,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in say(channel.localAddress?.port ?? 0) },
            logger: logger)
        try await ServiceGroup(
            services: [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }

    private var channel: HTTPServerBuilder {
        let webSocket = WebSocketConfiguration(role: .server, limits: self.limits)
        return HTTPServerBuilder { responder in
            HTTP1WebSocketUpgradeChannel(
                responder: responder, webSocket: webSocket,
                shouldUpgrade: { _, _ in .upgrade(headers: [:]) },
                configure: { channel, _ in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(EchoHandler())
                    }
                })
        }
    }
}

/// Says back what it hears.
private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketEvent
    typealias OutboundOut = WebSocketOutbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .text(let bytes):
            context.writeAndFlush(Self.wrapOutboundOut(.text(bytes)), promise: nil)
        case .binary(let bytes):
            context.writeAndFlush(Self.wrapOutboundOut(.binary(bytes)), promise: nil)
        case .closed: break
        }
    }
}
