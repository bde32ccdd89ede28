import Synchronization

/// Wakes those who wait for something to be mended before their time is over.
final class Bell: Sendable {
    private struct State {
        var nextNumber: UInt64 = 0
        var waiters: [UInt64: AsyncStream<Void>.Continuation] = [:]
    }

    private let state = Mutex(State())

    /// Waits until it rings, or until the time is over.
    func wait(atMost time: Duration) async throws {
        let (rings, continuation) = AsyncStream.makeStream(of: Void.self)
        let number = self.state.withLock { state in
            state.nextNumber += 1
            state.waiters[state.nextNumber] = continuation
            return state.nextNumber
        }
        defer { self.state.withLock { _ = $0.waiters.removeValue(forKey: number) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { for await _ in rings { return } }
            group.addTask { try await ContinuousClock().sleep(for: time) }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    /// Wakes everybody who waits now.
    func ring() {
        for waiter in self.state.withLock({ Array($0.waiters.values) }) { waiter.yield() }
    }
}
