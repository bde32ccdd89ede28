package import HummingbirdCore
package import Logging
package import NIOCore
package import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
package import WebSockets

/// No connection more is taken.
private struct TooManyConnections: Error {}

/// HTTP/1.1 for Hummingbird's responder, and WebSockets beside it, on one port.
///
/// A WebSocket is served by channel handlers on its event loop; there is no task per message. An
/// upgrade is possible as a connection's first request only, which is how clients do it.
package struct HTTP1WebSocketUpgradeChannel: HTTPChannelHandler {
    /// A connection that speaks HTTP, or is a WebSocket.
    package struct Value: ServerChildChannelValue {
        let negotiated: EventLoopFuture<Negotiated>
        package let channel: any Channel
    }

    enum Negotiated: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case webSocket
    }

    /// Limits and rules of the HTTP side.
    package struct Configuration: Sendable {
        /// Bytes of all header fields of a request, and of a single one.
        package var headerBytesMax = 16 * 1024
        /// Header fields of a request.
        package var headerFieldsMax = 100
        /// A connection without a request is closed after so long, at first and between requests.
        package var idleTimeout: TimeAmount = .seconds(60)
        /// The first request's head must have arrived after so long.
        package var firstRequestTimeout: TimeAmount = .seconds(10)
        /// After an answer that ends the connection, what the peer still says is discarded for so
        /// long.
        package var lingerTimeout: TimeAmount = .seconds(1)
        /// Requests that may wait for their answers; one more ends the connection.
        package var pipelinedMax = 100
        /// Fields of every answer that ends a connection.
        package var refusalHeaders: HTTPHeaders = [:]
        /// Whether a new connection is taken; else it is closed at once. On its event loop.
        package var admits: @Sendable (any Channel) -> Bool = { _ in true }
        /// What is wrong with a request, whatever it asks for. On the event loop.
        package var judge: @Sendable (HTTPRequestHead) -> RequestRefusal? = { _ in nil }

        /// The defaults above.
        package init() {}
    }

    /// Decides about a request for a WebSocket; on the channel's event loop, so it must not wait.
    package typealias ShouldUpgrade = @Sendable (HTTPRequestHead, any Channel) -> UpgradeDecision

    /// Adds the application's handlers behind the `WebSocketMessageHandler`; on the event loop.
    package typealias Configure =
        @Sendable (any Channel, HTTPRequestHead) -> EventLoopFuture<Void>

    package let responder: Responder
    private let configuration: Configuration
    private let webSocket: WebSocketConfiguration
    private let shouldUpgrade: ShouldUpgrade
    private let configure: Configure

    /// A child channel for `responder` and for WebSockets that `shouldUpgrade` lets in.
    package init(
        responder: @escaping Responder,
        configuration: Configuration = .init(),
        webSocket: WebSocketConfiguration,
        shouldUpgrade: @escaping ShouldUpgrade,
        configure: @escaping Configure
    ) {
        self.responder = responder
        self.configuration = configuration
        self.webSocket = webSocket
        self.shouldUpgrade = shouldUpgrade
        self.configure = configure
    }

    /// Sets up a new connection; runs on its event loop.
    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            guard self.configuration.admits(channel) else { throw TooManyConnections() }
            let encoder = HTTPResponseEncoder()
            let decoder = ByteToMessageHandler(
                HTTPRequestDecoder(
                    leftOverBytesStrategy: .forwardBytes,
                    limitConfiguration: self.decoderLimits))
            let gate = UpgradeGate(self.configuration, decide: self.shouldUpgrade)
            let upgrade = NIOTypedHTTPServerUpgradeHandler(
                httpEncoder: encoder, extraHTTPHandlers: [decoder, gate],
                upgradeConfiguration: self.upgradeConfiguration(
                    gate: NIOLoopBound(gate, eventLoop: channel.eventLoop), logger: logger))
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandlers([encoder, decoder, gate, upgrade])
            return Value(negotiated: upgrade.upgradeResultFuture, channel: channel)
        }
    }

    /// Serves a connection until it is closed.
    package func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http(let connection):
                await self.handleHTTP(asyncChannel: connection, logger: logger)
            case .webSocket:
                try await withTaskCancellationHandler {
                    try await value.channel.closeFuture.get()
                } onCancel: {
                    value.channel.close(promise: nil)
                }
            }
        } catch {
            // Closed before a request, or refused by the gate, which has answered.
            logger.trace("connection ended before it was set up")
        }
    }

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = self.configuration.headerBytesMax
        limits.maxHeaderListSize = self.configuration.headerBytesMax
        limits.maxHeaderFieldCount = self.configuration.headerFieldsMax
        return limits
    }

    private func upgradeConfiguration(
        gate: NIOLoopBound<UpgradeGate>, logger: Logger
    ) -> NIOTypedHTTPServerUpgradeConfiguration<Negotiated> {
        let (webSocket, configure) = (self.webSocket, self.configure)
        let upgrader = NIOTypedWebSocketServerUpgrader<Negotiated>(
            maxFrameSize: webSocket.limits.frameBytesMax,
            enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, _ in
                channel.eventLoop.makeSucceededFuture(gate.value.upgradeHeaders)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try FrameLengthCheck.add(to: pipeline)
                    try pipeline.addHandler(WebSocketMessageHandler(webSocket))
                }.flatMap { configure(channel, head) }.map { .webSocket }
            })
        let idleTimeout = self.configuration.idleTimeout
        return NIOTypedHTTPServerUpgradeConfiguration(upgraders: [upgrader]) { channel in
            channel.eventLoop.makeCompletedFuture {
                try Self.speakHTTP(channel, idleTimeout: idleTimeout, logger: logger)
            }
        }
    }

    /// The same handlers as in Hummingbird's own HTTP/1 channel.
    private static func speakHTTP(
        _ channel: any Channel, idleTimeout: TimeAmount, logger: Logger
    ) throws -> Negotiated {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(
            HTTPConnectionStateHandler(idleTimeout: Duration(idleTimeout), logger: logger))
        return .http(
            try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)))
    }
}
