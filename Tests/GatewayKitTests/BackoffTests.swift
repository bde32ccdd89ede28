import Testing

@testable import GatewayKit

@Suite struct BackoffTests {
    @Test func `waits double up to the longest and start again after a reset`() {
        var highest = FixedGenerator(value: .max)
        var backoff = Backoff(first: .milliseconds(100), longest: .milliseconds(350))
        let waits = (0..<4).map { _ in backoff.upcoming(waiting: &highest) }
        #expect(waits == [100, 200, 350, 350].map { .milliseconds($0) })
        backoff.reset()
        #expect(backoff.upcoming == .milliseconds(100))
    }

    @Test(arguments: [0, 1 << 20, UInt64.max / 2, .max])
    func `jitter takes up to half of a wait away`(drawn: UInt64) {
        var generator = FixedGenerator(value: drawn)
        var backoff = Backoff(first: .seconds(1), longest: .seconds(1))
        let wait = backoff.wait(using: &generator)
        #expect((.milliseconds(500)...(.seconds(1))).contains(wait))
    }
}

extension Backoff {
    /// The whole that a wait is taken from, after taking it.
    fileprivate mutating func upcoming(
        waiting generator: inout FixedGenerator
    ) -> Duration {
        defer { _ = self.wait(using: &generator) }
        return self.upcoming
    }
}
