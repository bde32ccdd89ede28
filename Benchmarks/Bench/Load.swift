import NIOCore
import NIOPosix
import Protocol
import Synchronization

/// What a load came to.
struct LoadResult: Sendable {
    /// Messages that were answered, delivered and acknowledged, a second.
    var perSecond: Double
    /// From a send to its answer.
    var answers: Latencies
    /// From a send to its delivery at the consumer.
    var deliveries: Latencies
}

/// Visitors that send as soon as the last send was answered, and a consumer that acknowledges.
enum Load {
    /// A text of the usual length.
    static let body = "Hello, I can't find my order 4711 in the list. Can you have a look, please?"
    /// Requests that one connection keeps unanswered, sends as well as acknowledges; the broker allows
    /// 128.
    private static let perConnection = 120

    /// Runs so many conversations, each with one send in flight, for some seconds.
    static func run(
        socket: String, inFlight: Int, seconds: Int, run: String
    ) async throws -> LoadResult {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.any()
        let board = Board()
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        var channels: [any Channel] = []
        channels.append(try await self.consumer(socket, loop, board, inFlight))
        let start = ContinuousClock.now
        var index = 0
        while index < inFlight {
            let count = min(self.perConnection, inFlight - index)
            let visitors = Visitors(
                peers: (index..<index + count).map { self.peer(run, $0) }, board: board,
                deadline: deadline)
            channels.append(
                try await Port.connect(to: socket, on: loop, service: "web", mode: .reader) {
                    port, envelope in try visitors.received(port, envelope)
                })
            index += count
        }
        try await board.isDone(inFlight)
        let elapsed = ContinuousClock.now - start
        for channel in channels { try? await channel.close() }
        try await group.shutdownGracefully()
        return board.result(in: elapsed)
    }

    private static func consumer(
        _ socket: String, _ loop: any EventLoop, _ board: Board, _ inFlight: Int
    ) async throws -> any Channel {
        try await Port.connect(to: socket, on: loop, service: "discord", mode: .consumer) {
            port, envelope in
            switch envelope.type {
            case Welcome.type:
                let credit = min(inFlight, self.perConnection)
                port.write(Credit(conversations: Int64(credit)).encoded())
                port.flush()
            case Delivery.type:
                let delivery = try Delivery(envelope.fields)
                board.delivered(delivery.conversation, delivery.event.seq)
                _ = port.ask(
                    Acknowledge(conversation: delivery.conversation, seq: delivery.event.seq))
            case Acknowledged.type: board.acknowledged()
            case Refused.type: throw try Refused(envelope.fields)
            default: break
            }
        }
    }

    /// A visitor's UUID that no other run has.
    private static func peer(_ run: String, _ index: Int) -> PeerID {
        let high = UInt64.random(in: .min ... .max)
        let text = ConversationID(Bits128(high: high, low: UInt64(index))).description
        guard let peer = PeerID(text) else { preconditionFailure("A UUID is a peer id.") }
        return peer
    }
}

/// The visitors of one connection; used on its event loop only.
final class Visitors: @unchecked Sendable {
    private let peers: [PeerID]
    private let board: Board
    private let deadline: ContinuousClock.Instant
    private var conversations: [ConversationID] = []
    private var underWay: [Int64: (ConversationID, ContinuousClock.Instant)] = [:]
    private var sent = 0

    init(peers: [PeerID], board: Board, deadline: ContinuousClock.Instant) {
        self.peers = peers
        self.board = board
        self.deadline = deadline
    }

    func received(_ port: Port, _ envelope: Envelope) throws {
        switch envelope.type {
        case Welcome.type:
            for peer in self.peers { _ = port.ask(Open(peer: peer, create: true)) }
            port.flush()
        case Opened.type:
            self.send(port, try Opened(envelope.fields).conversation)
        case Sent.type:
            let sent = try Sent(envelope.fields)
            guard let number = envelope.request,
                let (conversation, start) = self.underWay.removeValue(forKey: number)
            else { return }
            self.board.answered(conversation, sent.seq, start)
            if ContinuousClock.now < self.deadline {
                self.send(port, conversation)
            } else {
                self.board.finished()
            }
        case Refused.type: throw try Refused(envelope.fields)
        default: break
        }
    }

    private func send(_ port: Port, _ conversation: ConversationID) {
        self.sent += 1
        guard let key = IdempotencyKey("k\(self.sent)") else { return }
        let number = port.ask(
            Send(
                conversation: conversation, key: key, author: Author(id: "v", name: "Ann"),
                body: Load.body))
        self.underWay[number] = (conversation, .now)
        self.board.sending(conversation)
    }
}

/// What a load has come to so far. One event loop writes, the command reads at the end.
final class Board: Sendable {
    private struct State {
        var started: [ConversationID: ContinuousClock.Instant] = [:]
        var answers = Latencies()
        var deliveries = Latencies()
        var sends = 0
        var acknowledged = 0
        var finished = 0
        var goal = Int.max
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    func sending(_ conversation: ConversationID) {
        self.state.withLock {
            $0.sends += 1
            $0.started[conversation] = $0.started[conversation] ?? .now
        }
    }

    func answered(
        _ conversation: ConversationID, _ seq: Int64, _ start: ContinuousClock.Instant
    ) {
        self.state.withLock { $0.answers.add(.now - start) }
    }

    func delivered(_ conversation: ConversationID, _ seq: Int64) {
        self.state.withLock { state in
            if let start = state.started.removeValue(forKey: conversation) {
                state.deliveries.add(.now - start)
            }
        }
    }

    func acknowledged() {
        self.state.withLock { state in
            state.acknowledged += 1
            Self.wakeIfDone(&state)
        }
    }

    func finished() {
        self.state.withLock { state in
            state.finished += 1
            Self.wakeIfDone(&state)
        }
    }

    /// Returns when every visitor has stopped and everything is acknowledged.
    func isDone(_ visitors: Int) async throws {
        await withCheckedContinuation { continuation in
            self.state.withLock { state in
                state.goal = visitors
                state.waiter = continuation
                Self.wakeIfDone(&state)
            }
        }
    }

    private static func wakeIfDone(_ state: inout State) {
        guard state.finished >= state.goal, state.acknowledged >= state.sends else { return }
        state.waiter?.resume()
        state.waiter = nil
    }

    func result(in elapsed: Duration) -> LoadResult {
        self.state.withLock { state in
            LoadResult(
                perSecond: Double(state.acknowledged) / (elapsed / .seconds(1)),
                answers: state.answers, deliveries: state.deliveries)
        }
    }
}
