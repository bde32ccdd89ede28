public import Protocol
import Synchronization

/// A receive queue: deliveries one after the other, each acknowledged when the next is asked for.
///
/// An element that was handed out and never followed by a further `next()` isn't acknowledged: it
/// is delivered again to the next process. At most the credit's number of elements wait in the
/// queue. One task at a time may iterate.
public final class DeliveryQueue: AsyncSequence, Sendable {
    public typealias Element = Delivery

    private struct Waiting {
        var ticket: Int
        var delivery: Delivery
    }

    private struct State {
        /// Delivered and not handed out yet, in order.
        var waiting: [Waiting] = []
        /// The handlers of what is delivered and not decided yet, by ticket.
        var handlers: [Int: CheckedContinuation<DeliveryOutcome, Never>] = [:]
        /// Whoever asked for the next element while there was none.
        var reader: CheckedContinuation<Delivery?, Never>?
        /// The element that was handed out last.
        var current: Int?
        var lastTicket = 0
        var isOver = false
    }

    private let state = Mutex(State())

    /// A queue of a client's deliveries; it registers itself as the delivery handler.
    public init(_ client: BrokerClient) {
        client.onDelivery { delivery in await self.handle(delivery) }
    }

    /// An iterator; only one at a time may be used.
    public func makeAsyncIterator() -> Iterator { Iterator(queue: self) }

    /// Hands out deliveries; ends when the task that asks is cancelled.
    public struct Iterator: AsyncIteratorProtocol {
        let queue: DeliveryQueue

        /// Acknowledges the element before, and waits for the next.
        public func next() async -> Delivery? { await self.queue.next() }
    }

    private func next() async -> Delivery? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { reader in self.asked(reader) }
        } onCancel: {
            let reader = self.state.withLock { $0.reader.take() }
            reader?.resume(returning: nil)
        }
    }

    private func asked(_ reader: CheckedContinuation<Delivery?, Never>) {
        enum Reply {
            case element(Delivery)
            case end
            case wait
        }
        let (handler, reply) = self.state.withLock { state in
            let handler = state.current.take().flatMap { state.handlers.removeValue(forKey: $0) }
            // Read inside the lock: a cancellation is either seen here or finds the reader.
            guard !state.isOver, !Task.isCancelled else { return (handler, Reply.end) }
            guard !state.waiting.isEmpty else {
                state.reader = reader
                return (handler, Reply.wait)
            }
            let next = state.waiting.removeFirst()
            state.current = next.ticket
            return (handler, Reply.element(next.delivery))
        }
        handler?.resume(returning: .handled())
        switch reply {
        case .element(let delivery): reader.resume(returning: delivery)
        case .end: reader.resume(returning: nil)
        case .wait: break
        }
    }

    private func handle(_ delivery: Delivery) async -> DeliveryOutcome {
        let ticket = self.state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { self.delivered(delivery, ticket, $0) }
        } onCancel: {
            self.ended(ticket)
        }
    }

    private func delivered(
        _ delivery: Delivery, _ ticket: Int,
        _ handler: CheckedContinuation<DeliveryOutcome, Never>
    ) {
        let (isOver, reader) = self.state.withLock { state in
            guard !state.isOver, !Task.isCancelled else { return (true, nil as Reader?) }
            state.handlers[ticket] = handler
            guard let reader = state.reader.take() else {
                state.waiting.append(Waiting(ticket: ticket, delivery: delivery))
                return (false, nil)
            }
            state.current = ticket
            return (false, reader)
        }
        reader?.resume(returning: delivery)
        if isOver { handler.resume(returning: Self.unhandled) }
    }

    /// The client cancels its handlers: it has ended.
    private func ended(_ ticket: Int) {
        let (handler, reader) = self.state.withLock { state in
            state.isOver = true
            state.waiting = []
            state.current = nil
            return (state.handlers.removeValue(forKey: ticket), state.reader.take())
        }
        handler?.resume(returning: Self.unhandled)
        reader?.resume(returning: nil)
    }

    private typealias Reader = CheckedContinuation<Delivery?, Never>
    private static let unhandled = DeliveryOutcome.later(
        after: .zero, reason: "The gateway ends.")
}
