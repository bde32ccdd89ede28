internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import WebSocketServer
internal import WebSockets

/// The HTTP side of the sandbox, with the gateway beside it on the same port.
enum SandboxApplication {
    /// A gateway's frames are small; this is only the limit of what is read at all.
    private static let frameBytesMax = 65_536

    /// The application on an address; port 0 takes a free one.
    static func build(
        hub: SandboxHub, host: String = "127.0.0.1", port: Int, logger: Logger,
        onRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) -> Application<RouterResponder<SandboxContext>> {
        let router = Router(context: SandboxContext.self)
        router.add(middleware: APIErrorMiddleware())
        RESTRoutes(hub: hub).add(to: router)
        PageRoutes(hub: hub).add(to: router)
        ControlRoutes(hub: hub).add(to: router)
        return Application(
            responder: router.buildResponder(), server: self.server(hub),
            configuration: .init(
                address: .hostname(host, port: port), serverName: nil),
            onServerRunning: onRunning, logger: logger)
    }

    private static func server(_ hub: SandboxHub) -> HTTPServerBuilder {
        var webSocket = WebSocketConfiguration(
            role: .server, limits: WebSocketLimits(messageBytesMax: self.frameBytesMax))
        // A process ends within 5 s of SIGTERM, also with clients that don't answer.
        webSocket.closeTimeout = .seconds(2)
        webSocket.pingInterval = .seconds(30)
        webSocket.deadAfter = .seconds(90)
        let settings = webSocket
        return HTTPServerBuilder { responder in
            HTTP1WebSocketUpgradeChannel(
                responder: responder, webSocket: settings,
                shouldUpgrade: { head, _ in
                    self.isGateway(head.uri) ? .upgrade(headers: [:]) : .notHere
                },
                configure: { channel, head in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            self.handler(hub, head))
                    }
                })
        }
    }

    private static func isGateway(_ uri: String) -> Bool {
        let path = uri.prefix { $0 != "?" }
        return path == "/gateway" || path == "/gateway/" || path == "/"
    }

    private static func handler(
        _ hub: SandboxHub, _ head: HTTPRequestHead
    ) -> GatewayConnectionHandler {
        let version = URI(head.uri).queryParameters["v"].map { String($0) }
        let host = head.headers.first(name: "Host") ?? "127.0.0.1"
        return GatewayConnectionHandler(hub: hub, host: host, version: version)
    }
}

/// A request's context: knows the connection, so that a fault can cut it.
struct SandboxContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.channel = source.channel
    }
}
