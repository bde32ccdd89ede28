import NIOCore
import WebSockets

/// One of the gateway's connections, on its event loop: passes what it hears to the hub.
final class GatewayConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketEvent
    typealias OutboundOut = WebSocketOutbound

    private let hub: SandboxHub
    private let host: String
    private let version: String?
    private var id: ConnectionID?

    init(hub: SandboxHub, host: String, version: String?) {
        self.hub = hub
        self.host = host
        self.version = version
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.id = self.hub.opened(context.channel, host: self.host, version: self.version)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let id = self.id else { return }
        switch Self.unwrapInboundIn(data) {
        case .text(let bytes): self.hub.received(Array(bytes.readableBytesView), from: id)
        // Only JSON is spoken, and JSON is text.
        case .binary: self.hub.received([], from: id)
        case .closed(let code, _):
            self.hub.closed(id, code: code)
            self.id = nil
        }
    }
}
