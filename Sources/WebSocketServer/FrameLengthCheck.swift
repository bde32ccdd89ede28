import NIOCore
import NIOWebSocket
import WebSockets

/// Stands before SwiftNIO's decoder of frames and stops the stream where a length is written wrongly;
/// the `WebSocketMessageHandler` hears of it by `WebSocketLengthError`.
final class FrameLengthCheck: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var scan = FrameLengthScan()
    private var hasFailed = false

    /// Puts a check into the pipeline of a WebSocket that was just opened.
    static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        let decoder = try pipeline.handler(type: ByteToMessageHandler<WebSocketFrameDecoder>.self)
        try pipeline.addHandler(FrameLengthCheck(), position: .before(decoder))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What comes behind the fault is no stream of frames any more.
        guard !self.hasFailed else { return }
        var bytes = Self.unwrapInboundIn(data)
        guard let fault = self.scan.fault(in: bytes.readableBytesView) else {
            return context.fireChannelRead(data)
        }
        self.hasFailed = true
        if let sound = bytes.readSlice(length: fault) {
            context.fireChannelRead(Self.wrapInboundOut(sound))
        }
        context.fireErrorCaught(WebSocketLengthError())
    }
}
