import Logging
import NIOCore
import Protocol

/// One gateway's connection: cuts bytes into frames, answers pings at once, and hands requests to
/// the core. All of it runs on the channel's event loop.
final class GatewayConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let id: ConnectionID
    private let core: Core
    private let reads: ReadPool
    private let allowed: AllowedUIDs
    /// Whether the log hears of this stranger.
    private let isToldOf: @Sendable (UInt32) -> Bool
    private let logger: Logger
    private var decoder = FrameDecoder(limit: Limits.handshakeFrameBytes)
    private var state = GatewayConnectionState()
    private var context: ChannelHandlerContext?
    /// What the core and the reads write to, while the channel stands.
    private var port: ChannelPort?
    /// Looks whether a frame came in time.
    private var deadline: Scheduled<Void>?
    /// When the last frame came: cheaper to keep than a deadline that each frame moves.
    private var lastFrame = NIODeadline.uptimeNanoseconds(0)
    /// Until when a frame that has begun must be whole.
    private var frameDeadline: Scheduled<Void>?
    private var isKnown = false
    private var signals = SignalLimit()
    private let backlog = WriteBacklog()

    init(
        id: ConnectionID, core: Core, reads: ReadPool, allowed: AllowedUIDs, logger: Logger,
        isToldOf: @escaping @Sendable (UInt32) -> Bool
    ) {
        self.id = id
        self.core = core
        self.reads = reads
        self.allowed = allowed
        self.isToldOf = isToldOf
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.port = ChannelPort(
            channel: context.channel,
            handler: NIOLoopBound(self, eventLoop: context.eventLoop), backlog: self.backlog)
        self.expectFrame(within: Limits.helloSeconds)
    }

    func channelActive(context: ChannelHandlerContext) {
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        PeerCredentials.of(context.channel).whenComplete { handler.value.met($0) }
        context.fireChannelActive()
    }

    /// A stranger among the host's users hears why, and nothing else.
    private func met(_ peer: Result<PeerCredentials?, any Error>) {
        switch peer {
        case .success(nil): break
        case .success(let peer?) where self.allowed.contains(peer.uid): break
        case .success(let peer?):
            if self.isToldOf(peer.uid) {
                self.logger.warning("user not allowed", metadata: ["uid": "\(peer.uid)"])
            }
            self.end(
                Goodbye(
                    .peerDenied,
                    "User \(peer.uid) may not connect: add it to CHATBOX_ALLOWED_UIDS of the "
                        + "broker and restart that."))
        case .failure(let error):
            self.logger.warning("user unknown", metadata: ["error": "\(error)"])
            self.end(Goodbye(.peerDenied, "The broker can't tell who connects."))
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.deadline?.cancel()
        self.frameDeadline?.cancel()
        self.context = nil
        self.port = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.decoder.received(self.unwrapInboundIn(data))
        self.readFrames()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if self.decoder.isInsideFrame {
            self.logger.debug("connection ended inside a frame")
        }
        self.state.ended(inOrder: false)
        if self.isKnown {
            self.core.disconnected(self.id, wasLost: !self.state.hasEndedInOrder)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.logger.debug("connection failed", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    private func readFrames() {
        do {
            while self.state.readsFrames, let body = try self.decoder.next() {
                self.frameDeadline?.cancel()
                self.frameDeadline = nil
                if let context { self.lastFrame = context.eventLoop.now }
                self.perform(self.state.received(Self.envelope(body)))
            }
            self.expectRestOfFrame()
        } catch {
            self.end(Goodbye(error.code, error.description))
        }
    }

    private static func envelope(_ body: ByteBuffer) -> Result<Envelope, EnvelopeError> {
        Result { () throws(EnvelopeError) in try Envelope(body) }
    }

    private func perform(_ action: GatewayConnectionState.FrameAction) {
        switch action {
        case .hello(let hello):
            self.isKnown = true
            guard let port = self.port else { return }
            self.core.hello(hello, self.id, port)
        case .submit(let input): self.submit(input)
        case .reply(let body): self.write([body])
        case .end(let goodbye): self.end(goodbye)
        case .ignore: break
        }
    }

    /// Reads go to connections of their own, so that they never wait for the disk's next COMMIT.
    private func submit(_ input: Input) {
        switch input {
        case .request(let session, let number, let request):
            guard let port = self.port,
                self.reads.answer(request, session, number, port, self.core)
            else { return self.core.submit(input) }
        case .signal(_, let signal):
            let second = Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000_000)
            if self.signals.allows(signal.conversation, in: second) { self.core.submit(input) }
        default: self.core.submit(input)
        }
    }

    // MARK: What the core says, on the channel's event loop

    func welcome(_ session: Session, _ body: [UInt8]) {
        self.state.welcomed(session)
        self.decoder.limit = Limits.frameBytes
        self.expectFrame(within: Limits.gatewaySilenceSeconds)
        self.write([body])
        self.readFrames()
    }

    func write(_ bodies: [[UInt8]], answers: Int = 0, counted bytes: Int = 0) {
        self.state.answered(answers)
        guard let context = self.context, context.channel.isActive else {
            return self.backlog.left(bytes)
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        let backlog = self.backlog
        written.futureResult.whenComplete { _ in backlog.left(bytes) }
        context.writeAndFlush(self.wrapOutboundOut(FrameEncoder.frames(bodies)), promise: written)
        // The high-water mark is the bound: who doesn't read is let go, and resumes later.
        if !context.channel.isWritable {
            self.logger.warning("connection too slow")
            self.end(Goodbye(.slow, "This gateway reads too slowly.", reconnect: true))
        }
    }

    func end(_ goodbye: Goodbye) {
        self.state.ended(inOrder: goodbye.code != .silent)
        self.deadline?.cancel()
        self.frameDeadline?.cancel()
        guard let context = self.context, context.channel.isActive else { return }
        // A stranger was told of where it was met, and may come as often as it likes.
        self.logger.log(
            level: goodbye.code == .peerDenied ? .debug : .info, "connection ended",
            metadata: ["code": "\(goodbye.code)"])
        let channel = context.channel
        let frame = FrameEncoder.frame(goodbye.encoded())
        context.writeAndFlush(self.wrapOutboundOut(frame)).whenComplete { _ in
            channel.close(promise: nil)
        }
        // A peer that doesn't read must not keep the connection.
        context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    /// From now on no two frames may be further apart.
    private func expectFrame(within seconds: Int64) {
        self.deadline?.cancel()
        guard let context = self.context else { return }
        self.lastFrame = context.eventLoop.now
        self.expectFrame(within: seconds, lookingIn: .seconds(seconds))
    }

    private func expectFrame(within seconds: Int64, lookingIn wait: TimeAmount) {
        guard let context = self.context else { return }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        self.deadline = context.eventLoop.scheduleTask(in: wait) {
            handler.value.look(whetherSilentFor: seconds)
        }
    }

    private func look(whetherSilentFor seconds: Int64) {
        guard let context = self.context else { return }
        let rest = self.lastFrame + .seconds(seconds) - context.eventLoop.now
        guard rest <= .zero else { return self.expectFrame(within: seconds, lookingIn: rest) }
        self.silent(for: seconds)
    }

    /// A frame has begun: its rest must come in time, however many pieces it comes in.
    private func expectRestOfFrame() {
        guard self.frameDeadline == nil, self.state.readsFrames, self.decoder.isInsideFrame,
            let context = self.context
        else { return }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        self.frameDeadline = context.eventLoop.scheduleTask(in: .seconds(Limits.frameSeconds)) {
            handler.value.end(
                Goodbye(
                    .frameTimeout,
                    "A frame was not whole \(Limits.frameSeconds) seconds after its first byte.",
                    reconnect: true))
        }
    }

    private func silent(for seconds: Int64) {
        let code = self.state.isActive ? ErrorCode.silent : .helloTimeout
        self.end(
            Goodbye(code, "No frame came for \(seconds) seconds.", reconnect: true))
    }
}
