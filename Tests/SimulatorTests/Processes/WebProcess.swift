#if os(Linux)
    import NIOCore
    import NIOEmbedded
    import Protocol
    @_spi(TestKit) import ServiceLifecycle

    @testable import GatewayKit
    @testable import WebGateway
    @testable import WebSockets

    /// `chatbox-web` behind its WebSockets: the real hub, directory and sessions.
    final class WebProcess: @unchecked Sendable {
        /// Its process.
        let life: ProcessLife
        private let world: World
        private let hub: VisitorHub
        private var sockets: [PageSocket] = []
        private let linkEnd = GracefulShutdownManager()

        init(_ world: World, _ broker: BrokerProcess) {
            self.world = world
            self.life = ProcessLife(world, broker)
            let client = self.life.makeClient(
                GatewayIdentity(
                    box: Names.box, service: Names.web, mode: .reader, peerKind: .uuid,
                    agent: "web"))
            self.hub = VisitorHub(
                client,
                VisitorDirectory(
                    service: Names.web, page: PageVersion(files: ["page": [1]]), limitFactor: 0),
                helloTime: .seconds(5), metrics: Metrics(), eventLoop: world.loop,
                logger: TraceLog.logger("web", world))
            let (life, linkEnd) = (self.life, self.linkEnd)
            life.run { [weak self] in
                await TaskLocals.$gracefulShutdownManager.withValue(linkEnd) {
                    try? await client.run()
                }
                if let self, self.life.isStopping { self.kill() }
            }
        }

        /// SIGTERM: as `WebServer` at its end, it takes no page any more and sends every page to the
        /// next process; then, as the service group has it, its connection to the broker ends.
        func stop() {
            guard !self.life.isStopping else { return }
            self.life.isStopping = true
            for socket in self.sockets { socket.sendAway(1_012) }
            self.world.after(self.world.chance.among(1...500)) {
                self.linkEnd.shutdownGracefully()
            }
        }

        /// A page opens a WebSocket; `nil` if nobody listens.
        func open(_ heard: @escaping (PageSocket.Word) -> Void) -> PageSocket? {
            guard self.life.isAlive, !self.life.isStopping else { return nil }
            let socket = PageSocket(self.world, heard)
            socket.mayWrite = { [weak self] in self?.life.isAlive ?? false }
            socket.open(VisitorSocketHandler(self.hub, Client(address: nil, isLocal: true)))
            self.sockets.removeAll { !$0.isOpen }
            self.sockets.append(socket)
            return socket
        }

        /// Some connection of a page.
        func anySocket() -> PageSocket? { self.world.chance.pick(self.sockets) }

        /// The process is killed.
        func kill() {
            self.life.kill()
            for socket in self.sockets { socket.abandonServer() }
            self.sockets = []
        }
    }

    /// A page's WebSocket, above frames.
    final class PageSocket: @unchecked Sendable {
        /// What a page hears.
        enum Word {
            case text(ByteBuffer)
            case closed(UInt16)
        }

        private let channel: EmbeddedChannel
        private var toServer: Pipe<String>?
        private var toPage: Pipe<WebSocketOutbound>?
        /// Whether the server's process may still write.
        var mayWrite: () -> Bool = { true }
        private var hasClosed = false

        init(_ world: World, _ heard: @escaping (Word) -> Void) {
            self.channel = EmbeddedChannel(loop: world.loop)
            self.toServer = Pipe(world) { [weak self] in self?.arrived($0) }
            self.toPage = Pipe(world) { [weak self] word in
                guard self?.hasClosed == false else { return }
                switch word {
                case .text(let bytes)?: heard(.text(bytes))
                case .close(let code, _)?:
                    self?.hasClosed = true
                    heard(.closed(code))
                case .binary?, .ping?: break
                case nil:
                    self?.hasClosed = true
                    heard(.closed(1006))
                }
            }
        }

        /// The upgrade succeeded.
        func open(_ handler: VisitorSocketHandler) {
            let end = WireEnd<WebSocketOutbound>(
                written: { [weak self] in
                    guard let self, self.mayWrite() else { return }
                    self.toPage?.send($0)
                    if case .close = $0 { self.channel.close(promise: nil) }
                }, closed: { [weak self] in self?.toPage?.end() })
            try? self.channel.pipeline.syncOperations.addHandler(end)
            if let address = try? SocketAddress(unixDomainSocketPath: "/simulated") {
                self.channel.connect(to: address, promise: nil)
            }
            try? self.channel.pipeline.syncOperations.addHandler(handler)
        }

        /// The page says something.
        func say(_ text: String) { self.toServer?.send(text) }

        /// The page closes it, and hears no more.
        func close() {
            self.hasClosed = true
            self.toServer?.end()
        }

        /// The network breaks it.
        func cut() {
            self.toServer?.cut()
            self.toPage?.cut()
        }

        /// Nothing passes any more.
        func fallSilent() {
            self.toServer?.fallSilent()
            self.toPage?.fallSilent()
        }

        /// The server closes it.
        func sendAway(_ code: UInt16) {
            self.channel.writeAndFlush(
                WebSocketOutbound.close(code: code, reason: ""), promise: nil)
        }

        /// The server's process is gone.
        func abandonServer() { self.channel.close(promise: nil) }

        /// Whether the server holds it.
        var isOpen: Bool { self.channel.isActive }

        private func arrived(_ text: String?) {
            guard self.channel.isActive, self.mayWrite() else { return }
            if let text {
                _ = try? self.channel.writeInbound(WebSocketEvent.text(ByteBuffer(string: text)))
            } else {
                _ = try? self.channel.writeInbound(
                    WebSocketEvent.closed(code: nil, reason: ""))
                self.channel.close(promise: nil)
            }
        }
    }
#endif
