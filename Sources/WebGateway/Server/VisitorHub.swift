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

    /// A hub for the pages of a directory, which say hello within that time; it registers itself for
    /// the client's events.
    init(
        _ client: BrokerClient, _ directory: VisitorDirectory, helloTime: Duration,
        metrics: Metrics, eventLoop: any EventLoop, logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.core = NIOLoopBoundBox.makeBoxSendingValue(
            HubCore(client, directory, TimeAmount(helloTime), metrics, eventLoop, logger),
            eventLoop: eventLoop)
        client.onEvent { event in self.onLoop { $0.happened(event) } }
    }

    /// A page connected.
    func connected(_ channel: any Channel, _ client: Client) -> SocketID {
        let number = self.lastSocket.add(1, ordering: .relaxed).newValue
        let socket = SocketID(number: number)
        self.onLoop { $0.connected(socket, channel, client) }
        return socket
    }

    /// A page said something.
    func received(_ frame: Result<PageFrame, PageFrameError>, from socket: SocketID) {
        self.onLoop { $0.received(frame, from: socket) }
    }

    /// A page did something that it may not.
    func turnAway(_ socket: SocketID, _ close: PageClose) {
        self.onLoop { $0.turnAway(socket, close) }
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
