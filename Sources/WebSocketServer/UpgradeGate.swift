import NIOCore
import NIOHTTP1

/// Stands before SwiftNIO's upgrade handler and lets pass only what will succeed there.
///
/// It decides about the first request of a connection; refused ones it answers itself. From
/// requests that go to the HTTP side it takes the `Upgrade` field, which would otherwise make
/// SwiftNIO drop them. A peer that connects and says nothing is closed after a while.
///
/// Every request is judged, and what isn't taken ends the connection, after the answers that are
/// still due.
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
        /// A request isn't taken, and those before it aren't answered yet.
        case refusing(RequestRefusal)
        /// An answer of ours was the last; input is discarded.
        case refused
    }

    private let configuration: HTTP1WebSocketUpgradeChannel.Configuration
    private let decide: Decide
    private var state = State.idle
    /// Requests that passed and aren't answered yet.
    private var unanswered = 0
    private var deadline: Scheduled<Void>?

    init(
        _ configuration: HTTP1WebSocketUpgradeChannel.Configuration, decide: @escaping Decide
    ) {
        self.configuration = configuration
        self.decide = decide
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let loop = context.eventLoop.assumeIsolated()
        self.deadline = loop.scheduleTask(in: self.configuration.firstRequestTimeout) {
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.deadline?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (self.state, Self.unwrapInboundIn(data)) {
        case (.refusing, _), (.refused, _): break
        case (.idle, .head(let head)): self.first(context, head)
        case (.open, .head(let head)): self.later(context, head)
        case (.idle, .body), (.idle, .end), (.open, .body), (.open, .end):
            context.fireChannelRead(data)
        }
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        let isEnd = if case .end = Self.unwrapOutboundIn(data) { true } else { false }
        context.write(data, promise: promise)
        guard isEnd else { return }
        self.unanswered -= 1
        if self.unanswered <= 0, case .refusing(let refusal) = self.state {
            self.refuse(context, refusal)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (self.state, error as? HTTPParserError) {
        case (.refusing, _), (.refused, _): break
        case (.idle, let error?),
            (.open, let error?) where self.unanswered <= 0:
            self.refuse(context, Self.refusal(of: error))
        case (.idle, _), (.open, _): context.fireErrorCaught(error)
        }
    }

    private static func refusal(of error: HTTPParserError) -> RequestRefusal {
        error == .headerOverflow
            ? RequestRefusal(
                .requestHeaderFieldsTooLarge, "The request's header fields are too large.")
            : RequestRefusal(
                .badRequest, "This is not an HTTP/1.1 request that is taken here.")
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        let isEnding = event is ChannelShouldQuiesceEvent || event is ChannelEvent
        switch self.state {
        // The server shuts down, or the peer left before it asked for anything or after our last
        // answer.
        case .idle where isEnding, .refused where isEnding: context.close(promise: nil)
        case .idle, .open, .refusing, .refused: context.fireUserInboundEventTriggered(event)
        }
    }

    private func first(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        self.deadline?.cancel()
        self.state = .open
        if let refusal = self.configuration.judge(head) { return self.refuse(context, refusal) }
        switch OpeningHandshake(head) {
        case .absent: self.pass(context, withoutUpgrade: head)
        case .wrong(let status, let text):
            // Only what lives here is refused here; elsewhere the router knows better.
            if case .notHere = self.decide(head, context.channel) {
                self.pass(context, withoutUpgrade: head)
            } else {
                self.refuse(context, RequestRefusal(status, text))
            }
        case .correct:
            switch self.decide(head, context.channel) {
            case .upgrade(let headers):
                self.upgradeHeaders = headers
                context.fireChannelRead(Self.wrapInboundOut(.head(head)))
            case .refuse(let status, let headers, let text):
                self.refuse(context, RequestRefusal(status, headers: headers, text))
            case .notHere: self.pass(context, withoutUpgrade: head)
            }
        }
    }

    private func later(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        if self.unanswered >= self.configuration.pipelinedMax {
            self.end(
                context, RequestRefusal(.tooManyRequests, "Wait for answers before you ask more."))
        } else if let refusal = self.configuration.judge(head) {
            self.end(context, refusal)
        } else if self.unanswered <= 0, OpeningHandshake(head) == .correct {
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

    /// Refuses, once what came before is answered.
    private func end(_ context: ChannelHandlerContext, _ refusal: RequestRefusal) {
        if self.unanswered <= 0 {
            self.refuse(context, refusal)
        } else {
            self.state = .refusing(refusal)
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ refusal: RequestRefusal) {
        self.state = .refused
        self.deadline?.cancel()
        let body = ByteBuffer(string: refusal.text + "\n")
        var head = HTTPResponseHead(version: .http1_1, status: refusal.status)
        head.headers = self.configuration.refusalHeaders
        head.headers.add(contentsOf: [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(body.readableBytes)",
            "Cache-Control": "no-store", "Connection": "close",
        ])
        head.headers.add(contentsOf: refusal.headers)
        if refusal.status == .upgradeRequired {
            head.headers.add(name: "Sec-WebSocket-Version", value: "13")
        }
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            self.linger(context)
        }
    }

    /// Closing with unread input would reset the connection and could take the answer with it; so
    /// the output ends, and the input is discarded for a while.
    private func linger(_ context: ChannelHandlerContext) {
        context.close(mode: .output, promise: nil)
        let loop = context.eventLoop.assumeIsolated()
        self.deadline = loop.scheduleTask(in: self.configuration.lingerTimeout) {
            context.close(promise: nil)
        }
    }
}
