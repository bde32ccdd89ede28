/// Which of a session's dispatches have left durable effects, so that a later process resumes where
/// none of them can be lost.
struct SequenceLedger: Sendable {
    private var generation: Int
    private var received: Int64
    /// How many things each dispatch still asks for.
    private var outstanding: [Int64: Int] = [:]

    /// A ledger that begins at what an earlier process had finished.
    init(generation: Int = 0, finished: Int64 = 0) {
        self.generation = generation
        self.received = finished
    }

    /// A dispatch came that asks for so many things; it is outstanding until they are finished. A dispatch of a newer session makes
    /// those of older ones meaningless.
    mutating func received(_ number: DispatchNumber, parts: Int = 1) {
        guard number.generation >= self.generation else { return }
        if number.generation > self.generation {
            self.generation = number.generation
            self.received = number.sequence - 1
            self.outstanding = [:]
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

    /// The number up to which every dispatch is finished, and the session that it belongs to.
    var durable: DispatchNumber {
        let sequence = self.outstanding.keys.min().map { $0 - 1 } ?? self.received
        return DispatchNumber(generation: self.generation, sequence: sequence)
    }
}
