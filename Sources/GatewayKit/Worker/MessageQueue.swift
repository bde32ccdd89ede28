import Synchronization

/// A receive queue: messages one after the other, each of which counts as handled when the next is
/// asked for, or when ``Message/acknowledge()`` is called.
///
/// The broker gives one unacknowledged message of a conversation at a time, so the queue of one
/// client holds at most one, and that of all clients at most
/// ``WorkerConfiguration/conversations``. One task at a time may iterate; when it is cancelled the
/// iteration ends, and the message in hand comes again.
public final class MessageQueue<ID: PeerIdentifier>: AsyncSequence, Sendable {
    public typealias Element = Message<ID>

    private struct State {
        var waiting: [Message<ID>] = []
        var reader: CheckedContinuation<Message<ID>?, Never>?
        var isOver = false
    }

    private let state = Mutex(State())

    init() {}

    /// An iterator; only one at a time may be used.
    public func makeAsyncIterator() -> Iterator { Iterator(queue: self, isByHand: false) }

    /// The same messages for who handles several at a time: none counts as handled before
    /// ``Message/acknowledge()``. One of which nobody ever says what became of it holds up its
    /// client's next until the worker ends.
    public var byHand: ByHand { ByHand(queue: self) }

    /// Messages that are acknowledged by hand.
    public struct ByHand: AsyncSequence, Sendable {
        public typealias Element = Message<ID>
        let queue: MessageQueue

        /// An iterator; only one at a time may be used.
        public func makeAsyncIterator() -> Iterator { Iterator(queue: self.queue, isByHand: true) }
    }

    /// Hands out messages; ends with the queue, or when the task that asks is cancelled.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private let queue: MessageQueue
        private let hand: Hand?

        init(queue: MessageQueue, isByHand: Bool) {
            self.queue = queue
            self.hand = isByHand ? nil : Hand()
        }

        /// Acknowledges the message before unless that is done by hand, and waits for the next.
        public mutating func next() async -> Message<ID>? {
            self.hand?.release(asHandled: !Task.isCancelled)
            let message = await self.queue.next()
            self.hand?.hold(message)
            return message
        }
    }

    /// Holds the message that was handed out last; let go with it, that comes again.
    private final class Hand: Sendable {
        private let message = Mutex<Message<ID>?>(nil)

        func hold(_ message: Message<ID>?) { self.message.withLock { $0 = message } }

        func release(asHandled isHandled: Bool) {
            guard let message = self.message.withLock({ $0.take() }) else { return }
            if isHandled { message.acknowledge() } else { MessageQueue.giveBack(message) }
        }

        deinit { self.release(asHandled: false) }
    }

    /// Puts a message in; false if the queue has ended.
    func put(_ message: Message<ID>) -> Bool {
        let (isTaken, reader) = self.state.withLock { state in
            guard !state.isOver else {
                return (false, nil as CheckedContinuation<Message<ID>?, Never>?)
            }
            if let reader = state.reader.take() { return (true, reader) }
            state.waiting.append(message)
            return (true, nil)
        }
        reader?.resume(returning: message)
        return isTaken
    }

    /// Ends the queue: what waits comes again.
    func finish() {
        let (waiting, reader) = self.state.withLock { state in
            state.isOver = true
            defer { state.waiting = [] }
            return (state.waiting, state.reader.take())
        }
        for message in waiting { Self.giveBack(message) }
        reader?.resume(returning: nil)
    }

    private func next() async -> Message<ID>? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { reader in
                let reply: Message<ID>?? = self.state.withLock { state in
                    // Read inside the lock: a cancellation is either seen here or finds the reader.
                    guard !state.isOver, !Task.isCancelled else { return .some(nil) }
                    guard !state.waiting.isEmpty else {
                        // A second reader would break the promise of order; the first one ends.
                        state.reader.take()?.resume(returning: nil)
                        state.reader = reader
                        return nil
                    }
                    return .some(state.waiting.removeFirst())
                }
                if let reply { reader.resume(returning: reply) }
            }
        } onCancel: {
            let reader = self.state.withLock { $0.reader.take() }
            reader?.resume(returning: nil)
        }
    }

    private static func giveBack(_ message: Message<ID>) {
        message.postpone(after: .seconds(1), reason: "The queue was left.")
    }
}
