import NIOCore

/// Holds back what a server says right behind its answer to the upgrade, until the pipeline for it
/// stands.
///
/// SwiftNIO takes its HTTP decoder out one turn of the event loop after the 101, and gives what
/// that one still has only then to the frames' decoder. The end of the connection doesn't wait:
/// frames that came in one go with the 101 and the end were lost. So nothing behind the head gets
/// as far as the HTTP decoder.
final class UpgradeHold: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Held {
        case bytes(ByteBuffer)
        case event(Any)
        case error(any Error)
        case inactive
    }

    private enum State {
        /// The head is passed on as it comes.
        case reading(ResponseHeadScan)
        /// What came behind the head, in order. It is what one turn of the event loop reads.
        case holding([Held])
        case released
    }

    private var state = State.reading(ResponseHeadScan())
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Passes on what was held, in order, and leaves the pipeline. Runs on the event loop.
    func release() {
        guard let context = self.context else { return }
        let held: [Held] = if case .holding(let held) = self.state { held } else { [] }
        self.state = .released
        for item in held {
            switch item {
            case .bytes(let bytes): context.fireChannelRead(Self.wrapInboundOut(bytes))
            case .event(let event): context.fireUserInboundEventTriggered(event)
            case .error(let error): context.fireErrorCaught(error)
            case .inactive: context.fireChannelInactive()
            }
        }
        if !held.isEmpty { context.fireChannelReadComplete() }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .reading(var scan) = self.state else {
            self.hold(.bytes(Self.unwrapInboundIn(data))) { context.fireChannelRead(data) }
            return
        }
        var bytes = Self.unwrapInboundIn(data)
        guard let end = scan.end(in: bytes.readableBytesView),
            let head = bytes.readSlice(length: end)
        else {
            self.state = .reading(scan)
            context.fireChannelRead(data)
            return
        }
        // Before the head goes on: whoever hears it may release at once.
        self.state = .holding(bytes.readableBytes > 0 ? [.bytes(bytes)] : [])
        context.fireChannelRead(Self.wrapInboundOut(head))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        self.hold(.event(event)) { context.fireUserInboundEventTriggered(event) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.hold(.error(error)) { context.fireErrorCaught(error) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.hold(.inactive) { context.fireChannelInactive() }
    }

    private func hold(_ item: Held, otherwise passOn: () -> Void) {
        guard case .holding(var held) = self.state else { return passOn() }
        // Out of the enum while it grows, so that the array isn't copied.
        self.state = .released
        held.append(item)
        self.state = .holding(held)
    }
}
