#if os(Linux)
    import NIOCore
    import NIOEmbedded

    /// What a simulated channel writes, and its closing, where the network would be.
    final class WireEnd<Item: Sendable>: ChannelOutboundHandler, @unchecked Sendable {
        typealias OutboundIn = Item
        private let written: (Item) -> Void
        private let closed: () -> Void

        init(written: @escaping (Item) -> Void, closed: @escaping () -> Void) {
            self.written = written
            self.closed = closed
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            self.written(Self.unwrapOutboundIn(data))
            promise?.succeed()
        }

        func flush(context: ChannelHandlerContext) {}

        func close(
            context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
        ) {
            self.closed()
            context.close(mode: mode, promise: promise)
        }
    }

    /// A connection of a gateway with the broker: two channels, and bytes that take their time.
    final class Wire: @unchecked Sendable {
        /// The gateway's end.
        private(set) var near: EmbeddedChannel
        /// The broker's end.
        private(set) var far: EmbeddedChannel
        private var pipes: [Pipe<ByteBuffer>] = []
        /// Sees every piece that the broker writes; a dead process writes nothing.
        var mayWrite: (_ isBrokers: Bool) -> Bool = { _ in true }

        /// Hears every piece that an end writes.
        var onWrite: (_ isBrokers: Bool, ByteBuffer) -> Void = { _, _ in }

        /// A connection of which both ends stand.
        init(_ world: World) {
            self.near = EmbeddedChannel(loop: world.loop)
            self.far = EmbeddedChannel(loop: world.loop)
            let toFar = Pipe<ByteBuffer>(world) { [weak self] in Self.arrive($0, at: self?.far) }
            let toNear = Pipe<ByteBuffer>(world) { [weak self] in Self.arrive($0, at: self?.near) }
            self.pipes = [toFar, toNear]
            self.attach(self.near, to: toFar, isBrokers: false)
            self.attach(self.far, to: toNear, isBrokers: true)
        }

        private func attach(_ channel: EmbeddedChannel, to pipe: Pipe<ByteBuffer>, isBrokers: Bool)
        {
            let end = WireEnd<ByteBuffer>(
                written: { [weak self] in
                    guard let self, self.mayWrite(isBrokers) else { return }
                    pipe.send($0)
                    self.onWrite(isBrokers, $0)
                }, closed: { pipe.end() })
            try? channel.pipeline.syncOperations.addHandler(end)
        }

        /// Both ends learn that the connection stands.
        func open() throws {
            let address = try SocketAddress(unixDomainSocketPath: "/simulated")
            self.far.connect(to: address, promise: nil)
            self.near.connect(to: address, promise: nil)
        }

        private static func arrive(_ bytes: ByteBuffer?, at channel: EmbeddedChannel?) {
            guard let channel, channel.isActive else { return }
            if let bytes {
                _ = try? channel.writeInbound(bytes)
            } else {
                channel.close(promise: nil)
            }
        }

        /// The network breaks it.
        func cut() { for pipe in self.pipes { pipe.cut() } }

        /// It carries nothing more, in both directions or in one.
        func fallSilent(_ direction: Int?) {
            for (index, pipe) in self.pipes.enumerated() where direction ?? index == index {
                pipe.fallSilent()
            }
        }

        /// The process at an end is gone.
        func abandon(isBrokers: Bool) {
            (isBrokers ? self.far : self.near).close(promise: nil)
        }

        /// Whether the broker's end stands.
        var isOpenAtBroker: Bool { self.far.isActive }

        /// Whether an end stands.
        var isOpen: Bool { self.near.isActive || self.far.isActive }
    }
#endif
