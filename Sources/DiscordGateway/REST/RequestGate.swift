import Synchronization

/// Lets requests through as the ``RateLimiter`` says, one at a time and in order per route.
final class RequestGate: Sendable {
    /// Whether a request may leave.
    enum Admission: Equatable, Sendable {
        /// It may, and must be answered or abandoned by ``RequestGate/leave(_:)``.
        case admitted
        /// Its turn is farther off than the caller would wait.
        case late(by: Duration)
    }

    private struct Waiter {
        var number: UInt64
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var limiter = RateLimiter()
        var busy: Set<DiscordRoute> = []
        var queues: [DiscordRoute: [Waiter]] = [:]
        var nextNumber: UInt64 = 0
        var cancelled: Set<UInt64> = []
    }

    private let state = Mutex(State())
    private let start = ContinuousClock.now

    private var now: Duration { ContinuousClock.now - self.start }

    /// Waits for the route's turn and then for its limit, up to `patience`.
    func enter(_ route: DiscordRoute, patience: Duration) async throws -> Admission {
        try await self.takeTurn(route)
        let giveUpAt = self.now + patience
        while true {
            let now = self.now
            switch self.state.withLock({ $0.limiter.ask(route, at: now) }) {
            case .go: return .admitted
            case .wait(let until) where until <= giveUpAt:
                do {
                    try await ContinuousClock().sleep(for: until - now)
                } catch {
                    self.leave(route)
                    throw error
                }
            case .wait(let until), .refused(let until):
                self.leave(route)
                return .late(by: until - now)
            }
        }
    }

    /// Notes what an answer says.
    func answered(_ route: DiscordRoute, status: Int, _ report: RateLimitReport) {
        let now = self.now
        self.state.withLock { $0.limiter.answered(route, status: status, report, at: now) }
    }

    /// Gives the turn to the next request of the route.
    func leave(_ route: DiscordRoute) {
        let next: CheckedContinuation<Void, any Error>? = self.state.withLock { state in
            guard var queue = state.queues[route], !queue.isEmpty else {
                state.queues[route] = nil
                state.busy.remove(route)
                return nil
            }
            let waiter = queue.removeFirst()
            state.queues[route] = queue
            return waiter.continuation
        }
        next?.resume()
    }

    /// How many requests of a route wait for their turn.
    func waiting(for route: DiscordRoute) -> Int {
        self.state.withLock { $0.queues[route]?.count ?? 0 }
    }

    private func takeTurn(_ route: DiscordRoute) async throws {
        let number = self.state.withLock { state -> UInt64? in
            guard !state.busy.insert(route).inserted else { return nil }
            state.nextNumber += 1
            return state.nextNumber
        }
        guard let number else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.enqueue(Waiter(number: number, continuation: continuation), route)
            }
        } onCancel: {
            self.cancel(number, route)
        }
    }

    private func enqueue(_ waiter: Waiter, _ route: DiscordRoute) {
        let outcome: Result<Void, any Error>? = self.state.withLock { state in
            if state.cancelled.remove(waiter.number) != nil {
                return .failure(CancellationError())
            }
            // The turn may have been given back between the two looks.
            guard !state.busy.insert(route).inserted else { return .success(()) }
            state.queues[route, default: []].append(waiter)
            return nil
        }
        if let outcome { waiter.continuation.resume(with: outcome) }
    }

    private func cancel(_ number: UInt64, _ route: DiscordRoute) {
        let waiter: Waiter? = self.state.withLock { state in
            guard let index = state.queues[route]?.firstIndex(where: { $0.number == number })
            else {
                // Either not in the queue yet, or already given its turn: then nobody looks here
                // again, and one number stays behind.
                state.cancelled.insert(number)
                return nil
            }
            return state.queues[route]?.remove(at: index)
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }
}
