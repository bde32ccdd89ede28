import NIOCore
import NIOPosix
import Protocol

/// One gateway's connection, as thin as can be, so that the broker and not the load is measured.
final class Port: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var decoder = FrameDecoder(limit: Limits.frameBytes)
    private let received: (Port, Envelope) throws -> Void
    private var channel: (any Channel)?
    private var number: Int64 = 0

    private init(_ received: @escaping (Port, Envelope) throws -> Void) {
        self.received = received
    }

    /// Connects; `received` is called on the event loop with every frame.
    static func connect(
        to path: String, on loop: any EventLoop, service: String, mode: Mode,
        _ received: @escaping @Sendable (Port, Envelope) throws -> Void
    ) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Port(received))
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
                try self.received(self, Envelope(body))
            }
        } catch {
            print("bench: \(error)")
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    /// Asks; the request's number.
    func ask(_ request: some WireRequest) -> Int64 {
        self.number += 1
        self.write(request.encoded(request: self.number))
        return self.number
    }

    /// Says something; flushed when the reads of the moment are done.
    func write(_ body: [UInt8]) {
        self.channel?.write(FrameEncoder.frame(body), promise: nil)
    }

    /// Sends what was written.
    func flush() { self.channel?.flush() }
}
