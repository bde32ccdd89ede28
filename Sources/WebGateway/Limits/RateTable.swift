/// A bucket for each of many, kept only while it says something.
struct RateTable<Key: Hashable & Sendable>: Sendable {
    private let bucket: TokenBucket
    private let countMax: Int
    private var buckets: [Key: TokenBucket] = [:]

    /// A table whose buckets begin like this one; beyond so many it begins anew.
    init(_ bucket: TokenBucket, countMax: Int) {
        self.bucket = bucket
        self.countMax = countMax
    }

    /// Buckets that are kept.
    var count: Int { self.buckets.count }

    /// How long to wait for one; `nil` if there is one.
    func wait(_ key: Key, at now: ContinuousClock.Instant) -> Duration? {
        self.buckets[key]?.wait(at: now)
    }

    /// Takes one, or answers how long to wait for one.
    mutating func take(_ key: Key, at now: ContinuousClock.Instant) -> Duration? {
        if self.buckets[key] == nil, self.buckets.count >= self.countMax {
            self.buckets = self.buckets.filter { !$0.value.isFull(at: now) }
            // Memory is the harder limit: rather a few too many than none at all.
            if self.buckets.count >= self.countMax { self.buckets = [:] }
        }
        var bucket = self.buckets[key] ?? self.bucket
        defer { self.buckets[key] = bucket }
        return bucket.take(at: now)
    }
}
