/// Which of a session's dispatches have left durable effects, so that a later process resumes where
/// none of them can be lost.
///
/// The catch-up that a new session asks for is an entry of its own: a process that resumes the session
/// does that again, whatever was told since.
struct SequenceLedger: Sendable {
    private var generation: Int
    private var received: Int64
    /// How many things each dispatch still asks for.
    private var outstanding: [Int64: Int] = [:]
    /// The dispatch that asks for the catch-up.
    private var beginning: Int64?

    /// A ledger that begins at what an earlier process had finished. If that one's catch-up wasn't,
    /// the same number asks for it.
    init(generation: Int = 0, finished: Int64 = 0, isCaughtUp: Bool = true) {
        self.generation = generation
        self.received = finished
        guard !isCaughtUp else { return }
        self.beginning = finished
        self.outstanding[finished] = 1
    }

    /// A session began with this dispatch, which asks for a catch-up.
    mutating func began(_ number: DispatchNumber) {
        self.received(number)
        if number.generation == self.generation { self.beginning = number.sequence }
    }

    /// A dispatch came that asks for so many things; it is outstanding until they are finished. A dispatch of a newer session makes
    /// those of older ones meaningless.
    mutating func received(_ number: DispatchNumber, parts: Int = 1) {
        guard number.generation >= self.generation else { return }
        if number.generation > self.generation {
            self.generation = number.generation
            self.received = number.sequence - 1
            self.outstanding = [:]
            self.beginning = nil
        }
        guard number.sequence > self.received else { return }
        self.received = number.sequence
        if parts > 0 { self.outstanding[number.sequence] = parts }
    }

    /// A dispatch that is outstanding asks for so many more things.
    mutating func extend(_ number: DispatchNumber, by parts: Int) {
        guard number.generation == self.generation,
            let known = self.outstanding[number.sequence]
        else { return }
        self.outstanding[number.sequence] = known + parts
    }

    /// One thing that a dispatch asked for is durable.
    mutating func finished(_ number: DispatchNumber) {
        guard number.generation == self.generation else { return }
        guard let parts = self.outstanding[number.sequence] else { return }
        self.outstanding[number.sequence] = parts > 1 ? parts - 1 : nil
    }

    /// How far a session may be kept for a later process.
    var durable: DurableProgress {
        let oldest = self.outstanding.keys.lazy.filter { $0 != self.beginning }.min()
        return DurableProgress(
            number: DispatchNumber(
                generation: self.generation, sequence: oldest.map { $0 - 1 } ?? self.received),
            isCaughtUp: self.beginning.map { self.outstanding[$0] == nil } ?? true)
    }
}

/// What of a session is durable.
struct DurableProgress: Equatable, Sendable {
    /// The number up to which everything that the session told is, and the session that it belongs to.
    var number: DispatchNumber
    /// Whether what was missed before the session began is, too.
    var isCaughtUp: Bool
}
