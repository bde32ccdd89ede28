import NIOCore
import NIOWebSocket

/// Counts the frames of one page, pings and fragments too, and lets none pass beyond what any page
/// needs.
///
/// It stands before the `WebSocketMessageHandler`, which answers pings by itself.
final class FrameBrake: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    /// Tells the handlers behind that the page says far too much.
    struct Flood {}

    private var rate = WebLimits.frames
    private var isFlooded = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .connectionClose = Self.unwrapInboundIn(data).opcode {
            // It ends a connection, however much was said before.
            context.fireChannelRead(data)
        } else if self.isFlooded {
            return
        } else if self.rate.take(at: .now) == nil {
            context.fireChannelRead(data)
        } else {
            self.isFlooded = true
            context.fireUserInboundEventTriggered(Flood())
        }
    }
}
