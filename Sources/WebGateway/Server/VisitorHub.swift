import GatewayKit
import Logging
import NIOCore
import Protocol
import Synchronization
import WebSockets

/// Where pages and the broker meet: one event loop through which everything about visitors passes
/// in one order.
///
/// The broker's answers and pushes arrive in their order from the client's receive loop, and each
/// page's frames in theirs from its socket; what is written to a page is written from here alone.
final class VisitorHub: Sendable {
    private let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<HubCore>
    private let lastSocket = Atomic<UInt64>(0)

    /// A hub for a service's pages; it registers itself for the client's events.
    init(_ client: BrokerClient, service: Name, eventLoop: any EventLoop, logger: Logger) {
        self.eventLoop = eventLoop
        self.core = NIOLoopBoundBox.makeBoxSendingValue(
            HubCore(client, service, eventLoop, logger), eventLoop: eventLoop)
        client.onEvent { event in self.onLoop { $0.happened(event) } }
    }

    /// A page connected.
    func connected(_ channel: any Channel) -> SocketID {
        let number = self.lastSocket.add(1, ordering: .relaxed).newValue
        let socket = SocketID(number: number)
        self.onLoop { $0.connected(socket, channel) }
        return socket
    }

    /// A page said something.
    func received(_ frame: Result<PageFrame, PageFrameError>, from socket: SocketID) {
        self.onLoop { $0.received(frame, from: socket) }
    }

    /// A page's socket is gone.
    func disconnected(_ socket: SocketID) {
        self.onLoop { $0.disconnected(socket) }
    }

    private func onLoop(_ body: @escaping @Sendable (HubCore) -> Void) {
        let core = self.core
        self.eventLoop.execute { body(core.value) }
    }
}

/// Carries out what the directory decides, on the hub's event loop.
final class HubCore {
    private let client: BrokerClient
    private let eventLoop: any EventLoop
    private let logger: Logger
    private var directory: VisitorDirectory
    private var channels: [SocketID: any Channel] = [:]
    private var helloTimers: [SocketID: Scheduled<Void>] = [:]

    /// Seconds in which a page must say hello.
    private static let helloSeconds: Int64 = 5

    init(
        _ client: BrokerClient, _ service: Name, _ eventLoop: any EventLoop, _ logger: Logger
    ) {
        self.client = client
        self.eventLoop = eventLoop
        self.logger = logger
        self.directory = VisitorDirectory(service: service)
    }

    func connected(_ socket: SocketID, _ channel: any Channel) {
        self.channels[socket] = channel
        self.directory.connected(socket)
        let loop = self.eventLoop.assumeIsolated()
        self.helloTimers[socket] = loop.scheduleTask(in: .seconds(Self.helloSeconds)) {
            self.helloTimers[socket] = nil
            self.perform(self.directory.helloTimedOut(socket))
        }
    }

    func received(_ frame: Result<PageFrame, PageFrameError>, from socket: SocketID) {
        if case .success(.hello) = frame { self.stopHelloTimer(socket) }
        self.perform(self.directory.received(frame, from: socket, at: .now))
    }

    func disconnected(_ socket: SocketID) {
        self.stopHelloTimer(socket)
        self.channels[socket] = nil
        self.perform(self.directory.disconnected(socket))
    }

    func happened(_ event: BrokerEvent) {
        switch event {
        case .connected(let welcome): self.directory.brokerConnected(welcome.epoch)
        case .push(let push): self.perform(self.directory.pushed(push))
        case .disconnected:
            if self.directory.count > 0 {
                self.logger.notice(
                    "pages are sent away until the broker is back",
                    metadata: ["pages": "\(self.directory.count)"])
            }
            self.perform(self.directory.brokerLost())
        }
    }

    private func stopHelloTimer(_ socket: SocketID) {
        self.helloTimers.removeValue(forKey: socket)?.cancel()
    }

    private func perform(_ directives: [Directive]) {
        for directive in directives { self.perform(directive) }
    }

    private func perform(_ directive: Directive) {
        switch directive {
        case .write(let socket, let bytes): self.write(bytes, to: socket)
        case .close(let socket, let close): self.close(socket, close)
        case .open(let socket, let open):
            self.ask(open) { $0.directory.opened(socket, $1) }
        case .subscribe(let socket, let subscribe):
            self.ask(subscribe) { $0.directory.subscribed(socket, $1) }
        case .history(let socket, let history, let purpose):
            self.ask(history) { $0.directory.paged(socket, $1, purpose) }
        case .send(let socket, let send):
            self.ask(send) { $0.directory.sent(socket, send, $1) }
        case .unsubscribe(let conversation):
            self.ask(Unsubscribe(conversation: conversation)) { _, _ in [] }
        }
    }

    /// Asks the broker; the answer comes back to this loop in order with its pushes.
    private func ask<Request: WireRequest>(
        _ request: Request,
        _ answered:
            @escaping @Sendable (HubCore, Result<Request.Answer, GatewayError>) -> [Directive]
    ) {
        let core = NIOLoopBound(self, eventLoop: self.eventLoop)
        let eventLoop = self.eventLoop
        self.client.submit(request) { result in
            eventLoop.execute { core.value.perform(answered(core.value, result)) }
        }
    }

    private func write(_ bytes: ByteBuffer, to socket: SocketID) {
        guard let channel = self.channels[socket] else { return }
        guard channel.isWritable else {
            // It reads too slowly for what comes: it is let go and resumes from where it stands.
            self.logger.debug("a page reads too slowly")
            return channel.close(promise: nil)
        }
        channel.writeAndFlush(WebSocketOutbound.text(bytes), promise: nil)
    }

    private func close(_ socket: SocketID, _ close: PageClose) {
        self.stopHelloTimer(socket)
        guard let channel = self.channels.removeValue(forKey: socket) else { return }
        self.logger.debug("a page is sent away", metadata: ["code": "\(close.code)"])
        channel.writeAndFlush(
            WebSocketOutbound.close(code: close.code, reason: close.message), promise: nil)
    }
}
