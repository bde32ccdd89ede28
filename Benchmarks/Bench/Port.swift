import NIOCore
import NIOPosix
import Protocol

/// What a load does with what it hears; lives on its connection's event loop.
protocol Listener: AnyObject {
    /// A frame came.
    func received(_ frame: Glance, on port: Port) throws
}

/// One gateway's connection, as thin as can be, so that the broker and not the load is measured.
final class Port: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var decoder = FrameDecoder(limit: Limits.frameBytes)
    private let listener: any Listener
    private var channel: (any Channel)?
    private var number: Int64 = 0

    private init(_ listener: any Listener) {
        self.listener = listener
    }

    /// Connects; the listener is made on the event loop and hears every frame.
    static func connect(
        to path: String, on loop: any EventLoop, service: String, mode: Mode,
        _ listener: @escaping @Sendable () -> any Listener
    ) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Port(listener()))
                }
            }
            .connect(unixDomainSocketPath: path).get()
        guard let box = Name("main"), let name = Name(service), let instance = Name("bench") else {
            preconditionFailure("These are names.")
        }
        let hello = Hello(
            box: box, service: name, instance: instance, mode: mode,
            peerKind: service == "web" ? .uuid : .integer, agent: "bench/1")
        try await channel.writeAndFlush(FrameEncoder.frame(hello.encoded()))
        return channel
    }

    func handlerAdded(context: ChannelHandlerContext) { self.channel = context.channel }
    func handlerRemoved(context: ChannelHandlerContext) { self.channel = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.decoder.received(self.unwrapInboundIn(data))
        do {
            while let body = try self.decoder.next() {
                let frame = Glance(body)
                if frame.kind == .refused { throw Unexpected(frame: String(buffer: body)) }
                try self.listener.received(frame, on: self)
            }
        } catch {
            print("bench: \(error)")
            context.close(promise: nil)
        }
    }

    /// The broker said what a load should never hear.
    struct Unexpected: Error {
        var frame: String
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    /// Asks; the request's number. Flushed when the reads of the moment are done.
    @discardableResult
    func ask(_ request: some WireRequest) -> Int64 {
        self.number += 1
        self.write(request.encoded(request: self.number))
        return self.number
    }

    /// Says something; flushed when the reads of the moment are done.
    func write(_ body: [UInt8]) {
        self.channel?.write(FrameEncoder.frame(body), promise: nil)
    }
}
