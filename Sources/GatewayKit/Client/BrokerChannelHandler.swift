import NIOCore
import Protocol

/// Cuts the broker's stream into frames and hands them to the core, on the event loop.
final class BrokerChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let core: ClientCore
    private var decoder = FrameDecoder(limit: Limits.frameBytes)

    init(core: ClientCore) {
        self.core = core
    }

    func channelActive(context: ChannelHandlerContext) {
        self.core.opened(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.decoder.received(Self.unwrapInboundIn(data))
        while context.channel.isActive {
            do {
                guard let body = try self.decoder.next() else { return }
                self.core.received(try Envelope(body))
            } catch let error as FramingError {
                return self.core.receivedUnreadable(error.description)
            } catch let error as EnvelopeError {
                return self.core.receivedUnreadable(error.description)
            } catch {
                return self.core.receivedUnreadable("\(error)")
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.core.closed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken stream; what it means is decided when the channel is closed.
        context.close(promise: nil)
    }
}
