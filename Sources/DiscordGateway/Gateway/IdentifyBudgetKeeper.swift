import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Counts the sessions that are started, over the life of many processes.
protocol IdentifyCounting: Sendable {
    /// Waits until a session may be started, and counts it.
    func permission() async throws
}

/// Keeps the count with the broker: carries out what ``IdentifyBudget`` says.
struct IdentifyBudgetKeeper: IdentifyCounting {
    /// The broker.
    var box: any BoxConnection
    /// Milliseconds since 1970; the count outlives the process, so that no other clock serves.
    var now: @Sendable () -> Int64 = { Self.systemTime }
    /// Waits for milliseconds.
    var sleep: @Sendable (Int64) async throws -> Void = {
        try await ContinuousClock().sleep(for: .milliseconds($0))
    }

    func permission() async throws {
        var budget = IdentifyBudget(times: try await BoxState.identifications(self.box))
        while case let wait = budget.wait(at: self.now()), wait > 0 { try await self.sleep(wait) }
        budget.began(at: self.now())
        // Before it is used: a process that dies of what follows has counted it.
        try await BoxState.keep(identifications: budget.times, self.box)
    }

    private static var systemTime: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
