/// How long to wait before the next connection.
struct GatewayBackoff: Equatable, Sendable {
    private var failures = 0
    private static let longest = Duration.seconds(60)
    /// A single dropped connection is common, and waiting for it would only delay answers.
    private static let shortest = Duration.milliseconds(250)

    /// A session stood.
    mutating func succeeded() { self.failures = 0 }

    /// The wait after another end: doubling up to a minute, of which `jitter` (0–1) takes up to
    /// half off, so that many bots don't come back at one moment.
    mutating func next(jitter: Double) -> Duration {
        let doubled = Self.shortest * (1 << min(self.failures, 10))
        self.failures += 1
        return min(doubled, Self.longest) * (1 - 0.5 * min(max(jitter, 0), 1))
    }
}
