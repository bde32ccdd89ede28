public import Protocol
import Synchronization

/// A send queue: many messages are handed in without waiting, each client's are stored in that
/// order, and ``results`` says what became of each.
///
/// At most 1,024 may wait in a worker; a further one is refused with ``GatewayError/overloaded``.
public final class SendQueue<ID: PeerIdentifier>: Sendable {
    /// What became of one message.
    public struct Outcome: Sendable {
        /// Whom it was for.
        public let client: Client<ID>
        /// The key under which it was handed in.
        public let key: IdempotencyKey
        /// The stored message, or why it isn't stored.
        public let result: Result<SentMessage, GatewayError>
    }

    /// What became of the messages, each client's in order. The newest 1,024 are kept for whoever
    /// reads; one task may.
    public let results: AsyncStream<Outcome>
    private let sink: AsyncStream<Outcome>.Continuation
    private let state = Mutex(State())

    private struct State {
        var pending = 0
        var isFinished = false

        /// Whether nothing more comes.
        var isOver: Bool { self.isFinished && self.pending == 0 }
    }

    init() {
        (self.results, self.sink) = AsyncStream.makeStream(
            of: Outcome.self, bufferingPolicy: .bufferingNewest(1_024))
    }

    /// Hands a message in, and returns at once. It may be called from callbacks that block.
    ///
    /// - Returns: the message's key, by which its outcome is known.
    @discardableResult
    public func send(
        _ text: String, to client: Client<ID>, format: Format = .plain, as author: Author? = nil,
        key: IdempotencyKey? = nil
    ) -> IdempotencyKey {
        let send = client.message(text, format: format, as: author, key: key)
        self.state.withLock { $0.pending += 1 }
        client.core.handIn(send, in: client.conversation) { result in
            self.sink.yield(
                Outcome(
                    client: client, key: send.key,
                    result: result.map { SentMessage(key: send.key, $0) }))
            self.change { $0.pending -= 1 }
        }
        return send.key
    }

    /// Ends ``results`` after the outcomes of what was handed in before.
    public func finish() { self.change { $0.isFinished = true } }

    private func change(_ body: (inout State) -> Void) {
        let isOver = self.state.withLock { state in
            body(&state)
            return state.isOver
        }
        if isOver { self.sink.finish() }
    }
}
