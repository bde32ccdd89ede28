import GatewayKit
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ProcessShell
import ServiceLifecycle
import WebSocketServer
import WebSockets

/// The website's side of a port: files, health and WebSockets.
///
/// On a graceful end it closes every socket with 1012, so that pages come back to its successor.
struct WebServer: Service {
    private let configuration: WebConfiguration
    private let client: BrokerClient
    private let hub: VisitorHub
    private let door: Door
    private let metrics: Metrics
    private let logger: Logger
    private let onRunning: @Sendable (SocketAddress?) -> Void

    private static let webSocket = WebSocketConfiguration(
        role: .server,
        limits: WebSocketLimits(
            messageBytesMax: WebLimits.messageBytes, fragmentsMax: WebLimits.messageFrames),
        closeTimeout: .seconds(WebLimits.closeSeconds),
        pingInterval: .seconds(WebLimits.pingSeconds),
        deadAfter: .seconds(WebLimits.deadSeconds))

    /// A server; `onRunning` hears where it listens.
    init(
        _ configuration: WebConfiguration, client: BrokerClient, logger: Logger,
        onRunning: @escaping @Sendable (SocketAddress?) -> Void
    ) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
        self.onRunning = onRunning
        let metrics = Metrics()
        self.metrics = metrics
        self.door = Door(configuration, metrics: metrics, logger: logger)
        self.hub = VisitorHub(
            client,
            VisitorDirectory(
                service: configuration.service,
                page: PageVersion(folder: configuration.staticFolder),
                limitFactor: configuration.limitFactor),
            helloTime: configuration.helloTime, metrics: metrics,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: logger)
    }

    func run() async throws {
        do {
            try await self.application.run()
        } catch let error as IOError {
            throw self.failure(error)
        } catch let error as SocketAddressError {
            throw ProcessFailure(
                .configuration,
                "CHATBOX_WEB_HOST is \"\(self.configuration.host)\", which is no address of this "
                    + "machine: \(error)")
        }
    }

    /// The application, also for tests.
    var application: some ApplicationProtocol {
        let client = self.client
        let onRunning = self.onRunning
        var logger = self.logger
        // The framework's own lines about every start and stop say nothing more than ours.
        logger.logLevel = max(logger.logLevel, .warning)
        let routes = WebRoutes(
            configuration: self.configuration, pictures: PictureDesk(client),
            metrics: self.metrics,
            readiness: { Readiness(client.status) }, version: ProcessRunner.version)
        return Application(
            router: routes.router(logger),
            server: self.server,
            configuration: .init(
                address: .hostname(self.configuration.host, port: self.configuration.port)),
            onServerRunning: { onRunning($0.localAddress) }, logger: logger)
    }

    private var server: HTTPServerBuilder {
        let (hub, door) = (self.hub, self.door)
        var http = HTTP1WebSocketUpgradeChannel.Configuration()
        http.refusalHeaders = SecurityHeaders.headers
        http.admits = { door.admits($0) }
        http.judge = { door.refusal(of: $0) }
        return HTTPServerBuilder { [http] responder in
            HTTP1WebSocketUpgradeChannel(
                responder: responder, configuration: http, webSocket: Self.webSocket,
                shouldUpgrade: { door.decide($0, $1) },
                configure: { Self.configure($0, hub, door.client(of: $1, on: $0)) })
        }
    }

    private static func configure(
        _ channel: any Channel, _ hub: VisitorHub, _ client: Client
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try channel.syncOptions?.setOption(
                .writeBufferWaterMark,
                value: .init(low: WebLimits.outgoingBytes / 2, high: WebLimits.outgoingBytes))
            let pipeline = channel.pipeline.syncOperations
            let messages = try pipeline.handler(type: WebSocketMessageHandler.self)
            try pipeline.addHandler(FrameBrake(), position: .before(messages))
            try pipeline.addHandler(VisitorSocketHandler(hub, client))
        }
    }

    private func failure(_ error: IOError) -> ProcessFailure {
        let place = "\(self.configuration.host):\(self.configuration.port)"
        switch error.errnoCode {
        case EADDRINUSE:
            return ProcessFailure(
                .unavailable,
                "Another process listens on \(place). End it, or set CHATBOX_WEB_PORT to "
                    + "another port.")
        case EACCES, EPERM:
            return ProcessFailure(
                .notPermitted,
                "This user may not listen on \(place). Set CHATBOX_WEB_PORT to a port above "
                    + "1023.")
        default:
            return ProcessFailure(
                .unavailable, "It can't listen on \(place): \(error.localizedDescription).")
        }
    }
}
