package import NIOCore
package import NIOWebSocket

/// How a `WebSocketMessageHandler` behaves.
package struct WebSocketConfiguration: Sendable {
    /// Which side we are.
    package var role: WebSocketRole
    /// How large and how fragmented a message may be.
    package var limits: WebSocketLimits
    /// How long the peer may take to finish the closing handshake before TCP is closed.
    package var closeTimeout: TimeAmount
    /// How often a ping is sent; nil sends none.
    package var pingInterval: TimeAmount?
    /// A peer from which nothing at all arrived for so long is given up. Checked at each ping, so
    /// it needs `pingInterval`, and means anything only while the reader keeps reading.
    package var deadAfter: TimeAmount?
    /// The close code for a server that shuts down gracefully (`ChannelShouldQuiesceEvent`).
    package var quiesceCode: UInt16

    /// A configuration; without `pingInterval` nothing watches for dead peers.
    package init(
        role: WebSocketRole,
        limits: WebSocketLimits,
        closeTimeout: TimeAmount = .seconds(5),
        pingInterval: TimeAmount? = nil,
        deadAfter: TimeAmount? = nil,
        quiesceCode: UInt16 = WebSocketCloseCode.serviceRestart
    ) {
        self.role = role
        self.limits = limits
        self.closeTimeout = closeTimeout
        self.pingInterval = pingInterval
        self.deadAfter = deadAfter
        self.quiesceCode = quiesceCode
    }
}

/// Turns frames into messages: answers pings and closes, masks, keeps the closing handshake.
///
/// Stands behind SwiftNIO's frame codec (added without its automatic error handling). What is
/// behind it sees `WebSocketEvent` and writes `WebSocketOutbound`; a write after the closing
/// handshake has begun fails with `WebSocketError.closing`. Closing the channel itself drops TCP
/// without a close frame.
package final class WebSocketMessageHandler: ChannelDuplexHandler {
    package typealias InboundIn = WebSocketFrame
    package typealias InboundOut = WebSocketEvent
    package typealias OutboundIn = WebSocketOutbound
    package typealias OutboundOut = WebSocketFrame

    private enum State {
        case open
        /// Our close frame is sent; what else the peer says is discarded.
        case closing
        case closed
    }

    private let configuration: WebSocketConfiguration
    private var assembler: MessageAssembler
    private var state = State.open
    /// Whether `.closed` was reported: it is the last event.
    private var isReported = false
    /// Completes when our close frame has left.
    private var closeFrameSent: EventLoopFuture<Void>?
    private var closeTimer: Scheduled<Void>?
    private var keepAlive: Scheduled<Void>?
    private var lastHeard = NIODeadline.uptimeNanoseconds(0)

    /// A handler for one connection.
    package init(_ configuration: WebSocketConfiguration) {
        self.configuration = configuration
        self.assembler = MessageAssembler(role: configuration.role, limits: configuration.limits)
    }

    // MARK: Life of the channel

    package func handlerAdded(context: ChannelHandlerContext) {
        self.lastHeard = context.eventLoop.now
        if context.channel.isActive { self.scheduleKeepAlive(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        self.lastHeard = context.eventLoop.now
        if self.keepAlive == nil { self.scheduleKeepAlive(context) }
        context.fireChannelActive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.cancelTimers()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.state = .closed
        self.cancelTimers()
        self.report(context, code: nil, reason: "")
        context.fireChannelInactive()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is WebSocketLengthError {
            return self.fail(
                context, code: WebSocketCloseCode.protocolError, reason: "badly written length")
        }
        switch error as? NIOWebSocketError {
        case .invalidFrameLength:
            self.fail(context, code: WebSocketCloseCode.messageTooBig, reason: "frame too big")
        case .multiByteControlFrameLength:
            self.fail(
                context, code: WebSocketCloseCode.protocolError,
                reason: "control frame over 125 bytes")
        case .fragmentedControlFrame:
            self.fail(
                context, code: WebSocketCloseCode.protocolError, reason: "fragmented control frame")
        case nil:
            // A broken transport: the reader learns of it by `.closed(nil)`.
            context.close(promise: nil)
        }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            // The peer sends no more, so no answer to anything can come.
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent:
            self.startClosing(
                context, code: self.configuration.quiesceCode, reason: "restarting", promise: nil)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Messages

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.lastHeard = context.eventLoop.now
        guard !self.isReported else { return }
        switch self.assembler.received(Self.unwrapInboundIn(data)) {
        case .text(let bytes): self.deliver(context, .text(bytes))
        case .binary(let bytes): self.deliver(context, .binary(bytes))
        case .pong(let payload): self.answerPing(context, payload)
        case .closed(let code, let reason): self.peerClosed(context, code: code, reason: reason)
        case .fail(let code, let reason): self.fail(context, code: code, reason: reason)
        case .nothing: break
        }
    }

    package func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        guard case .open = self.state else {
            promise?.fail(WebSocketError.closing)
            return
        }
        switch Self.unwrapOutboundIn(data) {
        case .text(let bytes): self.writeFrame(context, .text, bytes, promise)
        case .binary(let bytes): self.writeFrame(context, .binary, bytes, promise)
        case .ping: self.writeFrame(context, .ping, ByteBuffer(), promise)
        case .close(let code, let reason):
            self.startClosing(context, code: code, reason: reason, promise: promise)
        }
    }

    private func deliver(_ context: ChannelHandlerContext, _ event: WebSocketEvent) {
        guard case .open = self.state else { return }
        context.fireChannelRead(Self.wrapInboundOut(event))
    }

    private func answerPing(_ context: ChannelHandlerContext, _ payload: ByteBuffer) {
        // A peer that pings and doesn't read must not fill our memory with pongs.
        guard case .open = self.state, context.channel.isWritable else { return }
        self.writeFrame(context, .pong, payload, nil)
        context.flush()
    }

    private func writeFrame(
        _ context: ChannelHandlerContext, _ opcode: WebSocketOpcode, _ bytes: ByteBuffer,
        _ promise: EventLoopPromise<Void>?
    ) {
        let mask: WebSocketMaskingKey? = self.configuration.role == .client ? .random() : nil
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: mask, data: bytes)
        context.write(Self.wrapOutboundOut(frame), promise: promise)
    }

    // MARK: Closing

    private func startClosing(
        _ context: ChannelHandlerContext, code: UInt16, reason: String,
        promise: EventLoopPromise<Void>?
    ) {
        guard case .open = self.state else {
            promise?.fail(WebSocketError.closing)
            return
        }
        self.state = .closing
        self.writeClose(context, code: code, reason: reason, promise: promise)
        self.limitClosing(context)
    }

    private func peerClosed(_ context: ChannelHandlerContext, code: UInt16, reason: String) {
        if case .open = self.state {
            self.writeClose(context, code: code, reason: "", promise: nil)
        }
        self.state = .closed
        self.report(context, code: code, reason: reason)
        self.limitClosing(context)
        // The server closes TCP first (RFC 6455, 7.1.1); not before our close frame and what
        // stands before it has left, which closing a channel would discard.
        guard self.configuration.role == .server else { return }
        self.closeFrameSent?.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    private func fail(_ context: ChannelHandlerContext, code: UInt16, reason: String) {
        let wasOpen = if case .open = self.state { true } else { false }
        self.state = .closed
        if wasOpen { self.writeClose(context, code: code, reason: reason, promise: nil) }
        self.report(context, code: code, reason: reason)
        self.limitClosing(context)
        // Closing both ways with unread input would reset the connection and could take our
        // close frame with it; so the output ends, and the input is discarded for a while.
        if self.configuration.role == .server { context.close(mode: .output, promise: nil) }
    }

    private func writeClose(
        _ context: ChannelHandlerContext, code: UInt16, reason: String,
        promise: EventLoopPromise<Void>?
    ) {
        var payload = ByteBuffer()
        if WebSocketCloseCode.isValidOnWire(code) {
            payload.writeInteger(code)
            payload.writeString(reason.prefix(utf8BytesMax: 123))
        }
        let sent = promise ?? context.eventLoop.makePromise(of: Void.self)
        self.closeFrameSent = sent.futureResult
        self.writeFrame(context, .connectionClose, payload, sent)
        context.flush()
    }

    private func limitClosing(_ context: ChannelHandlerContext) {
        guard self.closeTimer == nil else { return }
        let loop = context.eventLoop.assumeIsolated()
        self.closeTimer = loop.scheduleTask(in: self.configuration.closeTimeout) {
            context.close(promise: nil)
        }
    }

    private func report(_ context: ChannelHandlerContext, code: UInt16?, reason: String) {
        guard !self.isReported else { return }
        self.isReported = true
        context.fireChannelRead(Self.wrapInboundOut(.closed(code: code, reason: reason)))
        context.fireChannelReadComplete()
    }

    // MARK: Keep-alive

    private func scheduleKeepAlive(_ context: ChannelHandlerContext) {
        guard let interval = self.configuration.pingInterval else { return }
        let loop = context.eventLoop.assumeIsolated()
        self.keepAlive = loop.scheduleTask(in: interval) { self.keepAliveDue(context) }
    }

    private func keepAliveDue(_ context: ChannelHandlerContext) {
        guard case .open = self.state else { return }
        if let limit = self.configuration.deadAfter, context.eventLoop.now - self.lastHeard >= limit
        {
            self.report(context, code: nil, reason: "the peer is silent")
            context.close(promise: nil)
            return
        }
        self.writeFrame(context, .ping, ByteBuffer(), nil)
        context.flush()
        self.scheduleKeepAlive(context)
    }

    private func cancelTimers() {
        self.closeTimer?.cancel()
        self.keepAlive?.cancel()
        self.closeTimer = nil
        self.keepAlive = nil
    }
}

extension String {
    /// The longest prefix of whole scalars within so many bytes of UTF-8.
    func prefix(utf8BytesMax limit: Int) -> String {
        var end = self.startIndex
        var bytes = 0
        for index in self.unicodeScalars.indices {
            bytes += self.unicodeScalars[index].utf8.count
            guard bytes <= limit else { break }
            end = self.unicodeScalars.index(after: index)
        }
        return String(self[..<end])
    }
}
