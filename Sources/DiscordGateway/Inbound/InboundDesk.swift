import Protocol
import Synchronization

/// Where changes that the Gateway tells wait for their posts' workers, and where it is known which
/// of them are finished.
final class InboundDesk: Sendable {
    private struct State {
        var lanes = LaneTable()
        var ledger = SequenceLedger()
        var catchUp: CatchUpProgress?
        /// The catch-up that an earlier process left unfinished, until this one begins it anew.
        var inherited: DispatchNumber?
        /// Posts that wait for a comparison.
        var comparisons: [Snowflake: ComparisonOrder] = [:]
        var unbound = UnboundPostTable()
    }

    private let state: Mutex<State>
    private let starts: AsyncStream<Snowflake>.Continuation
    private let comparisonStarts: AsyncStream<Snowflake>.Continuation
    /// Posts whose workers must be started. At most one start of a post is ever under way.
    let workers: AsyncStream<Snowflake>
    /// Posts that must be compared with what is stored.
    let comparisons: AsyncStream<Snowflake>
    private let followed: AsyncStream<Snowflake>.Continuation
    /// Our own posts that came to be and must be followed until they are bound.
    let newcomers: AsyncStream<Snowflake>

    /// A desk that goes on with an earlier process's session, if with any. Where that one hadn't
    /// caught up, everything live waits until this one has.
    init(continuing session: KeptSession?) {
        let finished = session?.resumption.sequence ?? 0
        let isCaughtUp = session?.isCaughtUp ?? true
        var state = State(ledger: SequenceLedger(finished: finished, isCaughtUp: isCaughtUp))
        if !isCaughtUp {
            let number = state.ledger.durable.number
            state.lanes.holdAll()
            state.catchUp = CatchUpProgress(number: number)
            state.inherited = number
        }
        self.state = Mutex(state)
        (self.workers, self.starts) = AsyncStream.makeStream()
        (self.comparisons, self.comparisonStarts) = AsyncStream.makeStream()
        (self.newcomers, self.followed) = AsyncStream.makeStream()
    }

    /// A dispatch came that asks nothing of a post.
    func ignored(_ number: DispatchNumber) {
        self.state.withLock { state in
            state.ledger.received(number)
            state.ledger.finished(number)
        }
    }

    /// Something happened in one of our posts.
    func received(_ change: LiveChange, in post: Snowflake) {
        let (starts, dropped) = self.state.withLock { state in
            state.ledger.received(change.number)
            return state.lanes.received(change, in: post)
        }
        if starts { self.starts.yield(post) }
        if !dropped.isEmpty { self.compare(post, ComparisonOrder(dropped)) }
    }

    /// A new session stands; everything live waits until it is known what was missed. Its number is
    /// finished when the catch-up is.
    func sessionBegan(_ number: DispatchNumber) {
        self.state.withLock { state in
            state.ledger.began(number)
            state.lanes.holdAll()
            state.catchUp = CatchUpProgress(number: number)
            state.inherited = nil
        }
    }

    /// The session before stands again. Answers the number of the catch-up that must begin: the one
    /// that an earlier process left unfinished, once.
    func sessionResumed(_ number: DispatchNumber) -> DispatchNumber? {
        self.state.withLock { state in
            state.ledger.received(number)
            state.ledger.finished(number)
            defer { state.inherited = nil }
            return state.inherited
        }
    }

    /// Whether something was missed in a post during the present catch-up, and whether its newest
    /// messages shall be compared with what is stored.
    func decided(_ post: Snowflake, readBack: Bool, comparing: Bool = false) {
        let starts = self.state.withLock { state in
            state.catchUp?.decided(post, readBack: readBack, comparing: comparing)
            return state.lanes.decided(post, readBack: readBack)
        }
        if starts { self.starts.yield(post) }
        if comparing { self.compare(post) }
    }

    /// Every post was decided on. A newer session's catch-up isn't ended by an older one.
    func listed(for number: DispatchNumber) {
        let posts = self.state.withLock { state -> [Snowflake] in
            guard state.catchUp?.number == number else { return [] }
            state.catchUp?.listed()
            self.endCatchUp(&state)
            return state.lanes.releaseAll()
        }
        for post in posts { self.starts.yield(post) }
    }

    /// A post becomes ours by `bind`. What was written in it before was told to nobody: it is read
    /// first, whatever is told from now on.
    func bound(_ post: Snowflake, _ bind: () -> Void) {
        let starts = self.state.withLock { state in
            bind()
            Self.finish(state.unbound.ended(post), &state)
            return state.lanes.decided(post, readBack: true)
        }
        if starts { self.starts.yield(post) }
    }

    /// A post of our own came to be that isn't bound: whoever makes it is about to do that, or has
    /// given it up.
    func appeared(_ post: Snowflake, _ number: DispatchNumber) {
        let isNew = self.state.withLock { state in
            state.ledger.received(number)
            return state.unbound.appeared(post, by: number)
        }
        if isNew { self.followed.yield(post) }
    }

    /// A list shows these posts of our own that aren't bound; the dispatch that had them listed is
    /// finished when nothing is left to do with them.
    func appeared(_ posts: [Snowflake], by number: DispatchNumber) {
        let new = self.state.withLock { state in
            state.ledger.extend(number, by: posts.count)
            return posts.filter { state.unbound.appeared($0, by: number) }
        }
        for post in new { self.followed.yield(post) }
    }

    /// Posts of our own that an earlier process closed, as far as a list says.
    func wereLeftAlone(_ posts: [Snowflake]) {
        self.state.withLock { $0.unbound.wereLeftAlone(posts) }
    }

    /// Whether a post of our own isn't bound, as far as this process knows: what is written there
    /// asks for another look.
    func isUnbound(_ post: Snowflake) -> Bool {
        self.state.withLock { $0.unbound.contains(post) }
    }

    /// How often a post was told of that is being followed. A look begins with it.
    func tellings(of post: Snowflake) -> Int {
        self.state.withLock { $0.unbound.tellings(of: post) }
    }

    /// Nothing is left to do with a post of our own, whether it is bound now or not. False if
    /// something was told of it since so many tellings, when the look began.
    func leftAlone(_ post: Snowflake, since tellings: Int) -> Bool {
        self.state.withLock { state in
            guard let told = state.unbound.leaveAlone(post, since: tellings) else { return false }
            Self.finish(told, &state)
            return true
        }
    }

    /// A post shall be read back, whatever the session.
    func readBack(_ post: Snowflake) {
        let starts = self.state.withLock { $0.lanes.decided(post, readBack: true) }
        if starts { self.starts.yield(post) }
    }

    /// We came to see posts again, and nobody told us what happened there meanwhile: these shall be
    /// read, and these compared. The dispatch is finished when all of that is.
    func sawAgain(
        reading: [Snowflake], comparing: [Snowflake], unbound: [Snowflake],
        by number: DispatchNumber
    ) {
        let starts = self.state.withLock { state in
            state.ledger.received(number, parts: reading.count + comparing.count + 1)
            return reading.filter { post in
                let starts = state.lanes.decided(post, readBack: true)
                state.lanes.cover([number], in: post)
                return starts
            }
        }
        for post in starts { self.starts.yield(post) }
        for post in comparing { self.compare(post, ComparisonOrder(finishing: number)) }
        self.appeared(unbound, by: number)
        self.finished([number])
    }

    /// What a post's worker does next; `nil` ends it.
    func next(for post: Snowflake) -> LaneWork? {
        self.state.withLock { $0.lanes.next(for: post) }
    }

    /// Up to where the mark may move with a message that is handled now; see ``LaneTable``.
    func mark(handling message: Snowflake, in post: Snowflake) -> Snowflake? {
        self.state.withLock { $0.lanes.mark(handling: message, in: post) }
    }

    /// This can't be done now; the post is read again.
    func returned(_ work: LaneWork, in post: Snowflake) {
        self.state.withLock { $0.lanes.returned(work, in: post) }
    }

    /// Everything that these dispatches asked for is durable.
    func finished(_ numbers: [DispatchNumber]) {
        self.state.withLock { Self.finish(numbers, &$0) }
    }

    /// A post was read back to its end.
    func finishedReadBack(of post: Snowflake, covering numbers: [DispatchNumber]) {
        self.state.withLock { state in
            Self.finish(numbers, &state)
            // A second read-back may be due by now; then that one counts.
            guard !state.lanes.wantsReadBack(post) else { return }
            state.catchUp?.finishedReading(post)
            self.endCatchUp(&state)
        }
    }

    /// A post's newest messages shall be compared with what is stored, and those of the order.
    ///
    /// A message that is being stored just now would be missed by a comparison beside it: that one
    /// follows it.
    func compare(_ post: Snowflake, _ order: ComparisonOrder = ComparisonOrder()) {
        let starts = self.state.withLock { state in
            state.comparisons[post, default: ComparisonOrder()].add(order)
            return state.lanes.compare(post)
        }
        if starts { self.starts.yield(post) }
    }

    /// What had to be done in a post before it is compared is done.
    func startComparison(of post: Snowflake) { self.comparisonStarts.yield(post) }

    /// A post's comparison begins; answers what it has to find. `nil` if it isn't due: one that was
    /// ordered since waits until the post's worker is ready for it, and finds all that this one would.
    func beginComparison(of post: Snowflake) -> ComparisonOrder? {
        self.state.withLock { state in
            guard !state.lanes.wantsComparison(of: post) else { return nil }
            return state.comparisons.removeValue(forKey: post)
        }
    }

    /// A post was compared.
    func finishedComparison(of post: Snowflake, covering numbers: [DispatchNumber]) {
        self.state.withLock { state in
            Self.finish(numbers, &state)
            guard state.comparisons[post] == nil else { return }
            state.catchUp?.finishedComparing(post)
            self.endCatchUp(&state)
        }
    }

    /// How far the session may be kept for a later process.
    var durable: DurableProgress { self.state.withLock { $0.ledger.durable } }

    private static func finish(_ numbers: [DispatchNumber], _ state: inout State) {
        for number in numbers { state.ledger.finished(number) }
    }

    private func endCatchUp(_ state: inout State) {
        guard let catchUp = state.catchUp, catchUp.isFinished else { return }
        state.ledger.finished(catchUp.number)
        state.catchUp = nil
    }
}
