import Protocol
import Synchronization

/// Where messages of the Gateway wait for their posts' workers, and where it is known which of them
/// are finished.
final class InboundDesk: Sendable {
    private struct State {
        var lanes = LaneTable()
        var ledger = SequenceLedger()
        var catchUp: (number: DispatchNumber, waiting: Set<Snowflake>, isListed: Bool)?
    }

    private let state: Mutex<State>
    private let starts: AsyncStream<Snowflake>.Continuation
    /// Posts whose workers must be started. At most one start of a post is ever under way.
    let workers: AsyncStream<Snowflake>

    /// A desk whose ledger begins where an earlier process ended.
    init(finished sequence: Int64) {
        self.state = Mutex(State(ledger: SequenceLedger(finished: sequence)))
        (self.workers, self.starts) = AsyncStream.makeStream()
    }

    /// A dispatch came that asks nothing of a post.
    func ignored(_ number: DispatchNumber) {
        self.state.withLock { state in
            state.ledger.received(number)
            state.ledger.finished(number)
        }
    }

    /// A message came for one of our posts.
    func received(_ message: LiveMessage, in post: Snowflake) {
        let starts = self.state.withLock { state in
            state.ledger.received(message.number)
            return state.lanes.received(message, in: post)
        }
        if starts { self.starts.yield(post) }
    }

    /// A new session stands; everything live waits until it is known what was missed. Its number is
    /// finished when the catch-up is.
    func sessionBegan(_ number: DispatchNumber) {
        self.state.withLock { state in
            state.ledger.received(number)
            state.lanes.holdAll()
            state.catchUp = (number, [], false)
        }
    }

    /// Whether something was missed in a post during the present catch-up.
    func decided(_ post: Snowflake, readBack: Bool) {
        let starts = self.state.withLock { state in
            if readBack { state.catchUp?.waiting.insert(post) }
            return state.lanes.decided(post, readBack: readBack)
        }
        if starts { self.starts.yield(post) }
    }

    /// Every post was decided on. A newer session's catch-up isn't ended by an older one.
    func listed(for number: DispatchNumber) {
        let posts = self.state.withLock { state -> [Snowflake] in
            guard state.catchUp?.number == number else { return [] }
            state.catchUp?.isListed = true
            self.endCatchUp(&state)
            return state.lanes.releaseAll()
        }
        for post in posts { self.starts.yield(post) }
    }

    /// A post shall be read back, whatever the session.
    func readBack(_ post: Snowflake) {
        let starts = self.state.withLock { $0.lanes.decided(post, readBack: true) }
        if starts { self.starts.yield(post) }
    }

    /// What a post's worker does next; `nil` ends it.
    func next(for post: Snowflake) -> LaneWork? {
        self.state.withLock { $0.lanes.next(for: post) }
    }

    /// These can't be handled now; the post is read again.
    func returned(_ numbers: [DispatchNumber], in post: Snowflake) {
        self.state.withLock { $0.lanes.returned(numbers, in: post) }
    }

    /// Everything that these dispatches asked for is durable.
    func finished(_ numbers: [DispatchNumber]) {
        self.state.withLock { state in
            for number in numbers { state.ledger.finished(number) }
        }
    }

    /// A post was read back to its end.
    func finishedReadBack(of post: Snowflake, covering numbers: [DispatchNumber]) {
        self.state.withLock { state in
            for number in numbers { state.ledger.finished(number) }
            // A second read-back may be due by now; then that one counts.
            guard !state.lanes.wantsReadBack(post) else { return }
            state.catchUp?.waiting.remove(post)
            self.endCatchUp(&state)
        }
    }

    /// Up to where every dispatch is finished.
    var durable: DispatchNumber { self.state.withLock { $0.ledger.durable } }

    private func endCatchUp(_ state: inout State) {
        guard let catchUp = state.catchUp, catchUp.isListed, catchUp.waiting.isEmpty else { return }
        state.ledger.finished(catchUp.number)
        state.catchUp = nil
    }
}
