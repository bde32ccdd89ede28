/// What is to happen, by time; what is due at the same time comes in an order drawn by lot.
struct Agenda {
    /// What happens.
    struct Entry {
        /// When, in milliseconds of the world.
        var time: Int64
        /// The lot.
        var lot: UInt64
        /// What.
        var action: () -> Void

        func precedes(_ other: Entry) -> Bool {
            (self.time, self.lot) < (other.time, other.lot)
        }
    }

    private var heap: [Entry] = []

    /// When the next thing happens.
    var nextTime: Int64? { self.heap.first?.time }

    /// How many things are to happen.
    var count: Int { self.heap.count }

    /// Adds something.
    mutating func add(_ entry: Entry) {
        self.heap.append(entry)
        var child = self.heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.heap[child].precedes(self.heap[parent]) else { break }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the next thing.
    mutating func takeNext() -> Entry? {
        guard let first = self.heap.first else { return nil }
        let last = self.heap.removeLast()
        guard !self.heap.isEmpty else { return first }
        self.heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.heap.count {
                if self.heap[child].precedes(self.heap[least]) { least = child }
            }
            guard least != parent else { return first }
            self.heap.swapAt(parent, least)
            parent = least
        }
    }
}
