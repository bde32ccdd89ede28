/// Which of a session's dispatches have left durable effects, so that a later process resumes where
/// none of them can be lost.
struct SequenceLedger: Sendable {
    private var generation: Int
    private var received: Int64
    private var outstanding: Set<Int64> = []

    /// A ledger that begins at what an earlier process had finished.
    init(generation: Int = 0, finished: Int64 = 0) {
        self.generation = generation
        self.received = finished
    }

    /// A dispatch came; it is outstanding until it is finished. A dispatch of a newer session makes
    /// those of older ones meaningless.
    mutating func received(_ number: DispatchNumber) {
        guard number.generation >= self.generation else { return }
        if number.generation > self.generation {
            self.generation = number.generation
            self.received = number.sequence - 1
            self.outstanding = []
        }
        guard number.sequence > self.received else { return }
        self.received = number.sequence
        self.outstanding.insert(number.sequence)
    }

    /// Everything that a dispatch asked for is durable.
    mutating func finished(_ number: DispatchNumber) {
        guard number.generation == self.generation else { return }
        self.outstanding.remove(number.sequence)
    }

    /// The number up to which every dispatch is finished, and the session that it belongs to.
    var durable: DispatchNumber {
        let sequence = self.outstanding.min().map { $0 - 1 } ?? self.received
        return DispatchNumber(generation: self.generation, sequence: sequence)
    }
}
