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
    static let perConnection = 120

    /// Runs so many conversations, each with one send in flight, for some seconds.
    static func run(socket: String, inFlight: Int, seconds: Int) async throws -> LoadResult {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.any()
        let board = Board()
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        var channels: [any Channel] = []
        channels.append(
            try await Port.connect(to: socket, on: loop, service: "discord", mode: .consumer) {
                Team(credit: inFlight, board: board)
            })
        let start = ContinuousClock.now
        for first in stride(from: 0, to: inFlight, by: self.perConnection) {
            let peers = (first..<min(first + self.perConnection, inFlight)).map(self.peer)
            channels.append(
                try await Port.connect(to: socket, on: loop, service: "web", mode: .reader) {
                    Visitors(peers: peers, board: board, deadline: deadline)
                })
        }
        await board.isDone(inFlight)
        let elapsed = ContinuousClock.now - start
        for channel in channels { try? await channel.close() }
        try await group.shutdownGracefully()
        return board.result(in: elapsed)
    }

    /// A visitor's UUID that no other run has.
    private static func peer(_ index: Int) -> PeerID {
        let high = UInt64.random(in: .min ... .max)
        let text = ConversationID(Bits128(high: high, low: UInt64(index))).description
        guard let peer = PeerID(text) else { preconditionFailure("A UUID is a peer id.") }
        return peer
    }
}

/// The visitors of one connection.
final class Visitors: Listener {
    private let peers: [PeerID]
    private let board: Board
    private let deadline: ContinuousClock.Instant
    private var underWay: [Int64: (ConversationID, ContinuousClock.Instant)] = [:]
    private var sent = 0

    init(peers: [PeerID], board: Board, deadline: ContinuousClock.Instant) {
        self.peers = peers
        self.board = board
        self.deadline = deadline
    }

    func received(_ frame: Glance, on port: Port) throws {
        switch frame.kind {
        case .welcome:
            for peer in self.peers { port.ask(Open(peer: peer, create: true)) }
        case .opened:
            if let conversation = frame.conversation { self.send(conversation, port) }
        case .sent:
            guard let number = frame.request,
                let (conversation, start) = self.underWay.removeValue(forKey: number)
            else { return }
            let now = ContinuousClock.now
            self.board.answered(after: now - start)
            if now < self.deadline {
                self.send(conversation, port)
            } else {
                self.board.finished()
            }
        default: break
        }
    }

    private func send(_ conversation: ConversationID, _ port: Port) {
        self.sent += 1
        guard let key = IdempotencyKey("k\(self.sent)") else { return }
        let number = port.ask(
            Send(
                conversation: conversation, key: key, author: Author(id: "v", name: "Ann"),
                body: Load.body))
        let now = ContinuousClock.now
        self.underWay[number] = (conversation, now)
        self.board.sending(conversation, at: now)
    }
}

/// The consumer: acknowledges each delivery with a far-side id, as the Discord gateway does.
final class Team: Listener {
    private let credit: Int
    private let board: Board
    private var unanswered = 0
    private var made = 0
    /// Deliveries that wait until more acknowledges may be unanswered.
    private var waiting: [(conversation: ConversationID, seq: Int64)] = []

    init(credit: Int, board: Board) {
        self.credit = credit
        self.board = board
    }

    func received(_ frame: Glance, on port: Port) throws {
        switch frame.kind {
        case .welcome: port.write(Credit(conversations: Int64(self.credit)).encoded())
        case .delivery:
            guard let conversation = frame.conversation, let seq = frame.seq else { return }
            self.board.delivered(conversation)
            self.waiting.append((conversation, seq))
        case .acknowledged:
            self.board.acknowledged()
            self.unanswered -= 1
        default: break
        }
        while self.unanswered < Load.perConnection, !self.waiting.isEmpty {
            let next = self.waiting.removeFirst()
            self.unanswered += 1
            self.made += 1
            let external = ExternalID("\(1_574_300_000_000_000_000 + self.made)").map { [$0] }
            port.ask(
                Acknowledge(
                    conversation: next.conversation, seq: next.seq, external: external ?? [])
            )
        }
    }
}

/// What a load has come to so far. One event loop writes, the command reads at the end.
final class Board: Sendable {
    private struct State {
        /// When the sends of each conversation began that are yet to be delivered.
        var started: [ConversationID: [ContinuousClock.Instant]] = [:]
        var answers = Latencies()
        var deliveries = Latencies()
        var sends = 0
        var acknowledged = 0
        var finished = 0
        var goal = Int.max
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    func sending(_ conversation: ConversationID, at now: ContinuousClock.Instant) {
        self.state.withLock {
            $0.sends += 1
            $0.started[conversation, default: []].append(now)
        }
    }

    func answered(after duration: Duration) {
        self.state.withLock { $0.answers.add(duration) }
    }

    func delivered(_ conversation: ConversationID) {
        self.state.withLock { state in
            // A conversation's deliveries come in its order.
            guard let start = state.started[conversation]?.first else { return }
            state.started[conversation]?.removeFirst()
            state.deliveries.add(.now - start)
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
    func isDone(_ visitors: Int) async {
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
