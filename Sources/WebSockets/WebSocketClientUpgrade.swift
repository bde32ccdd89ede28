import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket

/// The client's side of the HTTP upgrade, as the pipeline of a new connection.
struct WebSocketClientUpgrade: Sendable {
    typealias Connection = NIOAsyncChannel<WebSocketEvent, WebSocketOutbound>

    /// How the server answered.
    enum Outcome: Sendable {
        case opened(Connection)
        /// It didn't upgrade; the status arrives with the future.
        case refused(EventLoopFuture<UInt>)
    }

    let address: WebSocketAddress
    let headers: HTTPHeaders
    let configuration: WebSocketConfiguration
    let tls: NIOSSLContext?
    let timeout: TimeAmount

    /// Sets up `channel`; the inner future completes when the server has answered.
    func configure(_ channel: any Channel) -> EventLoopFuture<EventLoopFuture<Outcome>> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let tls = self.tls { try pipeline.addHandler(self.tlsHandler(tls)) }
            // A server may speak right behind its 101, and end right behind that.
            let hold = UpgradeHold()
            try pipeline.addHandler(hold)
            let configuration = NIOUpgradableHTTPClientPipelineConfiguration(
                upgradeConfiguration: self.upgradeConfiguration())
            let answer = try pipeline.configureUpgradableHTTPClientPipeline(
                configuration: configuration)
            answer.assumeIsolated().whenComplete { _ in hold.release() }
            return self.limited(answer, channel)
        }
    }

    /// Fails with `.timedOut` when there was no answer in time; closes the channel if it fails.
    private func limited(
        _ answer: EventLoopFuture<Outcome>, _ channel: any Channel
    ) -> EventLoopFuture<Outcome> {
        let promise = channel.eventLoop.makePromise(of: Outcome.self)
        let deadline = channel.eventLoop.scheduleTask(in: self.timeout) {
            promise.fail(WebSocketError.timedOut)
            channel.close(promise: nil)
        }
        answer.whenComplete { result in
            deadline.cancel()
            promise.completeWith(result)
            // Nobody else would: whoever asked gets an error, and no connection to end.
            if case .failure = result { channel.close(promise: nil) }
        }
        return promise.futureResult
    }

    private func tlsHandler(_ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        do {
            return try NIOSSLClientHandler(context: context, serverHostname: self.address.host)
        } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
            return try NIOSSLClientHandler(context: context, serverHostname: nil)
        }
    }

    private func upgradeConfiguration() -> NIOTypedHTTPClientUpgradeConfiguration<Outcome> {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: self.address.target)
        head.headers = self.headers
        head.headers.replaceOrAdd(name: "Host", value: self.address.hostField)
        let configuration = self.configuration
        let upgrader = NIOTypedWebSocketClientUpgrader<Outcome>(
            maxFrameSize: configuration.limits.frameBytesMax,
            enableAutomaticErrorHandling: false
        ) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    WebSocketMessageHandler(configuration))
                return .opened(try Connection(wrappingChannelSynchronously: channel))
            }
        }
        return NIOTypedHTTPClientUpgradeConfiguration(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                let status = channel.eventLoop.makePromise(of: UInt.self)
                try channel.pipeline.syncOperations.addHandler(RefusalReader(status))
                return .refused(status.futureResult)
            }
        }
    }
}

/// Reads the status of an answer that isn't an upgrade, then closes.
private final class RefusalReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let status: EventLoopPromise<UInt>

    init(_ status: EventLoopPromise<UInt>) {
        self.status = status
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = Self.unwrapInboundIn(data) else { return }
        self.status.succeed(head.status.code)
        context.close(promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.status.fail(ChannelError.eof)
    }
}
