import NIOCore
import NIOHTTP1

/// Stands before SwiftNIO's upgrade handler and lets pass only what will succeed there.
///
/// It decides about the first request of a connection; refused ones it answers itself. From
/// requests that go to the HTTP side it takes the `Upgrade` field, which would otherwise make
/// SwiftNIO drop them. A peer that connects and says nothing is closed after a while.
///
/// A connection that has carried requests can't become a WebSocket any more: an opening handshake
/// there closes it unanswered, upon which clients that reuse connections try again on a new one
/// (RFC 9112, 9.3.1).
final class UpgradeGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Asks the application about a correct opening handshake.
    typealias Decide = @Sendable (HTTPRequestHead, any Channel) -> UpgradeDecision

    /// The accepted upgrade's further response fields, for SwiftNIO's upgrader behind us.
    private(set) var upgradeHeaders: HTTPHeaders?

    private enum State {
        /// Nothing arrived yet.
        case idle
        /// Requests pass.
        case open
        /// An answer of ours was the last; input is discarded.
        case refused
    }

    private let firstRequestTimeout: TimeAmount
    private let decide: Decide
    private var state = State.idle
    /// Requests that passed and aren't answered yet.
    private var unanswered = 0
    private var deadline: Scheduled<Void>?

    init(firstRequestTimeout: TimeAmount, decide: @escaping Decide) {
        self.firstRequestTimeout = firstRequestTimeout
        self.decide = decide
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let loop = context.eventLoop.assumeIsolated()
        self.deadline = loop.scheduleTask(in: self.firstRequestTimeout) {
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.deadline?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (self.state, Self.unwrapInboundIn(data)) {
        case (.refused, _): break
        case (.idle, .head(let head)): self.first(context, head)
        case (.open, .head(let head)): self.later(context, head)
        case (.idle, .body), (.idle, .end), (.open, .body), (.open, .end):
            context.fireChannelRead(data)
        }
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        if case .end = Self.unwrapOutboundIn(data) { self.unanswered -= 1 }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard case .idle = self.state, error is HTTPParserError else {
            context.fireErrorCaught(error)
            return
        }
        self.refuse(context, .badRequest, "This is not an HTTP/1.1 request that is taken here.")
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The server shuts down, or the peer left before it asked for anything.
        if case .idle = self.state, event is ChannelShouldQuiesceEvent || event is ChannelEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func first(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        self.deadline?.cancel()
        self.state = .open
        switch OpeningHandshake(head) {
        case .absent: self.pass(context, withoutUpgrade: head)
        case .wrong(let status, let text):
            // Only what lives here is refused here; elsewhere the router knows better.
            if case .notHere = self.decide(head, context.channel) {
                self.pass(context, withoutUpgrade: head)
            } else {
                self.refuse(context, status, text)
            }
        case .correct:
            switch self.decide(head, context.channel) {
            case .upgrade(let headers):
                self.upgradeHeaders = headers
                context.fireChannelRead(Self.wrapInboundOut(.head(head)))
            case .refuse(let status, let text): self.refuse(context, status, text)
            case .notHere: self.pass(context, withoutUpgrade: head)
            }
        }
    }

    private func later(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        if self.unanswered <= 0, OpeningHandshake(head) == .correct {
            self.state = .refused
            context.close(promise: nil)
        } else {
            self.pass(context, withoutUpgrade: head)
        }
    }

    private func pass(_ context: ChannelHandlerContext, withoutUpgrade head: HTTPRequestHead) {
        self.unanswered += 1
        var head = head
        head.headers.remove(name: "Upgrade")
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    }

    private func refuse(
        _ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ text: String
    ) {
        self.state = .refused
        self.deadline?.cancel()
        let body = ByteBuffer(string: text + "\n")
        var head = HTTPResponseHead(version: .http1_1, status: status)
        head.headers = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(body.readableBytes)",
            "Cache-Control": "no-store", "Connection": "close",
        ]
        if status == .upgradeRequired {
            head.headers.add(name: "Sec-WebSocket-Version", value: "13")
        }
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }
}
