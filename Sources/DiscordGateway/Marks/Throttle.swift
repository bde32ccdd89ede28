/// Lets something happen at most so often for each of many.
struct Throttle<Key: Hashable & Sendable>: Sendable {
    /// Keys that are remembered before the past ones are forgotten.
    private static var keysMax: Int { 1_000 }

    private let distance: Duration
    private var until: [Key: Duration] = [:]

    /// At least this long between two times.
    init(distance: Duration) { self.distance = distance }

    /// Whether it may happen now; then it counts as done. Times are counted from any fixed moment.
    mutating func admits(_ key: Key, at now: Duration) -> Bool {
        if let until = self.until[key], now < until { return false }
        if self.until.count >= Self.keysMax {
            self.until = self.until.filter { now < $0.value }
            // As many as that within one distance: nobody needs more of them.
            guard self.until.count < Self.keysMax else { return false }
        }
        self.until[key] = now + self.distance
        return true
    }
}
