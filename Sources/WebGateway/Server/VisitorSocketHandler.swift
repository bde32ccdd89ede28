import NIOCore
import WebSockets

/// One page's socket: reads its frames and hands them to the hub.
final class VisitorSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketEvent
    typealias OutboundOut = WebSocketOutbound

    private let hub: VisitorHub
    private let client: Client
    private var socket: SocketID?

    /// The socket of a page on that client.
    init(_ hub: VisitorHub, _ client: Client) {
        self.hub = hub
        self.client = client
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.socket = self.hub.connected(context.channel, self.client)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let socket = self.socket else { return }
        switch Self.unwrapInboundIn(data) {
        case .text(let text):
            let frame = Result { () throws(PageFrameError) in try PageFrame(text) }
            self.hub.received(frame, from: socket)
        case .binary: self.hub.turnAway(socket, .binary)
        case .closed: self.end()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is FrameBrake.Flood, let socket = self.socket {
            self.hub.turnAway(socket, .flood)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    private func end() {
        guard let socket = self.socket else { return }
        self.socket = nil
        self.hub.disconnected(socket)
    }
}
