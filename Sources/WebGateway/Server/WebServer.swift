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
    private let logger: Logger
    private let onRunning: @Sendable (SocketAddress?) -> Void

    /// Bytes that may wait for a page that reads slowly, before it is let go.
    private static let outgoingBytes = 1_048_576
    /// Bytes of one message of a page, and the parts that it may come in.
    private static let limits = WebSocketLimits(messageBytesMax: 32_768, fragmentsMax: 16)

    /// A server; `onRunning` hears where it listens.
    init(
        _ configuration: WebConfiguration, client: BrokerClient, logger: Logger,
        onRunning: @escaping @Sendable (SocketAddress?) -> Void
    ) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
        self.onRunning = onRunning
        self.hub = VisitorHub(
            client, service: configuration.service,
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
        return Application(
            router: WebRoutes.router(folder: self.configuration.staticFolder, logger: logger) {
                client.status.welcome != nil
            },
            server: self.server,
            configuration: .init(
                address: .hostname(self.configuration.host, port: self.configuration.port)),
            onServerRunning: { onRunning($0.localAddress) }, logger: logger)
    }

    private var server: HTTPServerBuilder {
        let origins = self.configuration.origins
        let hub = self.hub
        let logger = self.logger
        return HTTPServerBuilder { responder in
            HTTP1WebSocketUpgradeChannel(
                responder: responder,
                webSocket: WebSocketConfiguration(
                    role: .server, limits: Self.limits, closeTimeout: .seconds(2),
                    pingInterval: .seconds(25), deadAfter: .seconds(60)),
                shouldUpgrade: { head, _ in Self.decide(head, origins, logger) },
                configure: { channel, _ in Self.configure(channel, hub) })
        }
    }

    private static func decide(
        _ head: HTTPRequestHead, _ origins: OriginRules, _ logger: Logger
    ) -> UpgradeDecision {
        guard head.uri.prefix(while: { $0 != "?" }) == "/ws" else { return .notHere }
        let stated = head.headers["Origin"]
        guard origins.allows(origins: stated, host: head.headers["Host"].first) else {
            logger.info(
                "a page of another origin is refused; CHATBOX_ALLOWED_ORIGINS can let it in",
                metadata: ["origin": "\(stated.first?.prefix(100) ?? "")"])
            return .refuse(status: .forbidden, text: "This page may not connect here.\n")
        }
        return .upgrade(headers: [:])
    }

    private static func configure(
        _ channel: any Channel, _ hub: VisitorHub
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try channel.syncOptions?.setOption(
                .writeBufferWaterMark,
                value: .init(low: Self.outgoingBytes / 2, high: Self.outgoingBytes))
            try channel.pipeline.syncOperations.addHandler(VisitorSocketHandler(hub))
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
