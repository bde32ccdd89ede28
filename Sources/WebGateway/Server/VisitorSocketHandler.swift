import NIOCore
import WebSockets

/// One page's socket: reads its frames and hands them to the hub.
final class VisitorSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketEvent
    typealias OutboundOut = WebSocketOutbound

    private let hub: VisitorHub
    private var socket: SocketID?
    private var rate = TokenBucket.frames

    init(_ hub: VisitorHub) {
        self.hub = hub
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.socket = self.hub.connected(context.channel)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let socket = self.socket else { return }
        switch Self.unwrapInboundIn(data) {
        case .text(let text):
            guard self.rate.take(at: .now) == nil else { return self.refuse(context) }
            let frame = Result { () throws(PageFrameError) in try PageFrame(text) }
            self.hub.received(frame, from: socket)
        case .binary:
            self.hub.received(.failure(PageFrameError("Only text is spoken here.")), from: socket)
        case .closed: self.end()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    private func refuse(_ context: ChannelHandlerContext) {
        self.end()
        let close = WebSocketOutbound.close(
            code: WebSocketCloseCode.policyViolation, reason: "Too many frames.")
        context.writeAndFlush(Self.wrapOutboundOut(close), promise: nil)
    }

    private func end() {
        guard let socket = self.socket else { return }
        self.socket = nil
        self.hub.disconnected(socket)
    }
}
