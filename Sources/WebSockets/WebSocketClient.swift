package import NIOCore
package import NIOHTTP1
import NIOPosix
package import NIOSSL
import NIOWebSocket

/// Opens WebSockets as a client, over `ws://` and `wss://`.
package struct WebSocketClient: Sendable {
    /// Limits, keep-alive and closing; the role is always `.client`.
    package var configuration: WebSocketConfiguration
    /// Name look-up, TCP, TLS and upgrade together may take so long.
    package var connectTimeout: TimeAmount
    /// For `wss://`; the default verifies the server against the system's roots.
    package var tls: TLSConfiguration
    private let eventLoopGroup: any EventLoopGroup

    /// A client whose connections live on `eventLoopGroup`.
    package init(
        limits: WebSocketLimits,
        connectTimeout: TimeAmount = .seconds(10),
        tls: TLSConfiguration = .makeClientConfiguration(),
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.configuration = WebSocketConfiguration(role: .client, limits: limits)
        self.connectTimeout = connectTimeout
        self.tls = tls
        self.eventLoopGroup = eventLoopGroup
    }

    /// Connects, runs `body` with both directions, and drops the connection when `body` returns,
    /// throws or is cancelled.
    ///
    /// Dropping is plain TCP: without an explicit `writer.close`, no close frame is sent (which is
    /// how a Discord session stays resumable). Events end with `.closed`, after which the sequence
    /// is over.
    package func withWebSocket<Result: Sendable>(
        url: String,
        headers: HTTPHeaders = [:],
        _ body: (WebSocketInbound, WebSocketWriter) async throws -> Result
    ) async throws -> Result {
        let address = try WebSocketAddress(url)
        let connection = try await self.connect(to: address, headers: headers)
        let channel = connection.channel
        return try await connection.executeThenClose { inbound, outbound in
            try await body(
                WebSocketInbound(inbound), WebSocketWriter(outbound: outbound, channel: channel))
        }
    }

    /// Connects and upgrades within the time limit.
    private func connect(
        to address: WebSocketAddress, headers: HTTPHeaders
    ) async throws -> NIOAsyncChannel<WebSocketEvent, WebSocketOutbound> {
        let tls = try address.isSecure ? self.tlsContext() : nil
        let upgrade = WebSocketClientUpgrade(
            address: address, headers: headers, configuration: self.configuration, tls: tls,
            timeout: self.connectTimeout)
        let outcome: EventLoopFuture<WebSocketClientUpgrade.Outcome>
        do {
            outcome = try await ClientBootstrap(group: self.eventLoopGroup)
                .connectTimeout(self.connectTimeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: address.host, port: address.port) { upgrade.configure($0) }
        } catch ChannelError.connectTimeout {
            throw WebSocketError.timedOut
        }
        switch try await outcome.get() {
        case .opened(let connection): return connection
        case .refused(let head): throw WebSocketError.refused(status: try await head.get())
        }
    }

    private func tlsContext() throws -> NIOSSLContext {
        var tls = self.tls
        // One protocol is spoken: a server must not choose HTTP/2 for us.
        tls.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: tls)
    }
}
