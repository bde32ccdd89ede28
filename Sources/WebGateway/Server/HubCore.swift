import GatewayKit
import Logging
import NIOCore
import Protocol
import WebSockets

/// Carries out what the directory decides, on the hub's event loop.
final class HubCore {
    private let client: BrokerClient
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let metrics: Metrics
    private let helloTime: TimeAmount
    private var directory: VisitorDirectory
    private var channels: [SocketID: any Channel] = [:]
    private var helloTimers: [SocketID: Scheduled<Void>] = [:]

    /// A core for the pages of a directory, which say hello within that time.
    init(
        _ client: BrokerClient, _ directory: VisitorDirectory, _ helloTime: TimeAmount,
        _ metrics: Metrics, _ eventLoop: any EventLoop, _ logger: Logger
    ) {
        self.helloTime = helloTime
        self.client = client
        self.metrics = metrics
        self.eventLoop = eventLoop
        self.logger = logger
        self.directory = directory
    }

    // MARK: Pages

    /// A page connected.
    func connected(_ socket: SocketID, _ channel: any Channel, _ client: Client) {
        self.channels[socket] = channel
        self.directory.connected(socket, client)
        self.metrics.count { table in
            table.sockets += 1
            table.opened += 1
        }
        let loop = self.eventLoop.assumeIsolated()
        self.helloTimers[socket] = loop.scheduleTask(in: self.helloTime) {
            self.helloTimers[socket] = nil
            self.perform(self.directory.helloTimedOut(socket, at: .now))
        }
    }

    /// A page said something.
    func received(_ frame: Result<PageFrame, PageFrameError>, from socket: SocketID) {
        if case .success(.hello) = frame { self.stopHelloTimer(socket) }
        self.perform(self.directory.received(frame, from: socket, at: .now))
    }

    /// A page did something that it may not.
    func turnAway(_ socket: SocketID, _ close: PageClose) {
        self.perform(self.directory.turnAway(socket, close, at: .now))
    }

    /// A page's socket is gone.
    func disconnected(_ socket: SocketID) {
        self.stopHelloTimer(socket)
        self.channels[socket] = nil
        self.metrics.count { $0.sockets -= 1 }
        self.perform(self.directory.disconnected(socket, at: .now))
    }

    private func stopHelloTimer(_ socket: SocketID) {
        self.helloTimers.removeValue(forKey: socket)?.cancel()
    }

    // MARK: The broker

    /// Something happened on the broker's connection.
    func happened(_ event: BrokerEvent) {
        switch event {
        case .connected(let welcome): self.directory.brokerConnected(welcome.epoch)
        case .push(let push): self.perform(self.directory.pushed(push, at: .now))
        case .disconnected:
            if self.directory.count > 0 {
                self.logger.notice(
                    "pages are sent away until the broker is back",
                    metadata: ["pages": "\(self.directory.count)"])
            }
            self.perform(self.directory.brokerLost(at: .now))
        }
    }

    private func perform(_ directives: [Directive]) {
        for directive in directives { self.perform(directive) }
    }

    private func perform(_ directive: Directive) {
        switch directive {
        case .write(let socket, let bytes): self.write(bytes, to: socket)
        case .refuse(let socket, let bytes, let code):
            self.metrics.count { $0.refused(code) }
            self.write(bytes, to: socket)
        case .close(let socket, let close): self.close(socket, close)
        case .open(let socket, let open):
            self.ask(open) { $0.directory.opened(socket, $1, at: .now) }
        case .subscribe(let socket, let subscribe):
            self.ask(subscribe) { $0.directory.subscribed(socket, $1, at: .now) }
        case .resubscribe(let subscribe):
            self.ask(subscribe) {
                $0.directory.resubscribed(subscribe.conversation, $1, at: .now)
            }
        case .history(let socket, let history, let purpose):
            self.ask(history) { $0.directory.paged(socket, $1, purpose, at: .now) }
        case .submit(let socket, let request): self.submit(request, from: socket)
        case .unsubscribe(let conversation):
            self.ask(Unsubscribe(conversation: conversation)) { _, _ in [] }
        case .report(let report): self.ask(report) { _, _ in [] }
        case .signal(let signal): self.client.signal(signal)
        case .wait(let conversation, let wait):
            let loop = self.eventLoop.assumeIsolated()
            loop.scheduleTask(in: TimeAmount(wait)) {
                self.perform(self.directory.reportsDue(conversation, at: .now))
            }
        }
    }

    private func submit(_ request: VisitorRequest, from socket: SocketID) {
        switch request {
        case .send(let send): self.submit(send, request, socket) { PageStored($0) }
        case .edit(let edit): self.submit(edit, request, socket) { PageStored($0) }
        case .delete(let delete): self.submit(delete, request, socket) { PageStored($0) }
        case .requeue(let requeue): self.submit(requeue, request, socket) { PageStored($0) }
        }
    }

    private func submit<Request: WireRequest>(
        _ wire: Request, _ request: VisitorRequest, _ socket: SocketID,
        _ stored: @escaping @Sendable (Request.Answer) -> PageStored
    ) {
        let began = ContinuousClock.now
        self.ask(wire) { core, result in
            if case .success = result {
                core.metrics.count { $0.stored(Request.type, after: .now - began) }
            }
            return core.directory.answered(socket, request, result.map(stored), at: .now)
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

    // MARK: Writing

    private func write(_ bytes: ByteBuffer, to socket: SocketID) {
        guard let channel = self.channels[socket] else { return }
        guard channel.isWritable else {
            return self.perform(self.directory.turnAway(socket, .slow, at: .now))
        }
        channel.writeAndFlush(WebSocketOutbound.text(bytes), promise: nil)
    }

    private func close(_ socket: SocketID, _ close: PageClose) {
        self.stopHelloTimer(socket)
        guard let channel = self.channels.removeValue(forKey: socket) else { return }
        self.logger.debug("a page is sent away", metadata: ["code": "\(close.code)"])
        self.metrics.count { table in
            table.closed(close.code)
            if let word = close.word { table.refused(word) }
        }
        channel.writeAndFlush(
            WebSocketOutbound.close(code: close.code, reason: close.message), promise: nil)
    }
}
