/// How long to wait before the next try: doubling, with jitter, up to a limit.
///
/// Jitter takes up to half of each wait away, so that many gateways whose broker restarted don't
/// come back in the same instant.
public struct Backoff: Equatable, Sendable {
    /// The longest first wait.
    public let first: Duration
    /// The longest wait of all.
    public let longest: Duration
    private var next: Duration

    /// A back-off that starts at `first` and doubles up to `longest`.
    public init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
        self.next = first
    }

    /// The next wait without jitter, for those who must never come earlier.
    public mutating func wholeWait() -> Duration {
        defer { self.next = min(self.next * 2, self.longest) }
        return self.next
    }

    /// The next wait: between a half and the whole of what it has doubled to.
    public mutating func wait(using generator: inout some RandomNumberGenerator) -> Duration {
        let whole = self.wholeWait()
        let drawn = Double(generator.next() >> 11) / Double(1 << 53 as UInt64)
        return whole * (0.5 + drawn / 2)
    }

    /// The longest that the next wait can be.
    public var upcoming: Duration { self.next }

    /// A try succeeded: the next wait is the first again.
    public mutating func reset() {
        self.next = self.first
    }
}
