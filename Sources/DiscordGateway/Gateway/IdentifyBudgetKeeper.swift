import Logging
import Protocol

/// Counts the sessions that are started, over the life of many processes.
protocol IdentifyCounting: Sendable {
    /// Waits until a session may be started.
    func permission() async throws
    /// A session is started: counts it, before it is. Discord counts as well only then, so that a
    /// Gateway that can't be reached uses nothing up.
    func began() async throws
}

/// Keeps the count with the broker: carries out what ``IdentifyBudget`` says.
struct IdentifyBudgetKeeper: IdentifyCounting {
    /// The broker.
    var box: any BoxConnection
    /// For why nothing happens.
    var logger: Logger
    /// Milliseconds since 1970; the count outlives the process, so that no other clock serves.
    var now: @Sendable () -> Int64 = { WallTime.milliseconds }
    /// Waits for milliseconds.
    var sleep: @Sendable (Int64) async throws -> Void = {
        try await ContinuousClock().sleep(for: .milliseconds($0))
    }

    /// A wait that nobody needs to hear of, in milliseconds: Discord's own between two sessions.
    private static let shortWait: Int64 = 5_000
    /// How long a session's begin may take to be stored, in milliseconds, before its time is stored
    /// anew: about what the way to Discord blurs anyway.
    private static let storingMax: Int64 = 250
    /// How often it is stored at most. A broker so slow blurs a few hundred milliseconds more each
    /// time, which Discord answers with a refusal, and may not keep us from Discord for ever.
    private static let storingsMax = 3

    func permission() async throws {
        var budget = IdentifyBudget(times: try await BoxState.identifications(self.box))
        while true {
            let now = self.now()
            budget.clockShows(now)
            let wait = budget.wait(at: now)
            guard wait > 0 else { return }
            if wait > Self.shortWait {
                self.logger.notice(
                    "waiting before a new session, so that restarts don't use up Discord's day",
                    metadata: [
                        "seconds": "\((wait + 999) / 1_000)",
                        "sessions_last_hour": "\(budget.lastHour(at: now))",
                    ])
            }
            try await self.sleep(wait)
        }
    }

    func began() async throws {
        let earlier = IdentifyBudget(times: try await BoxState.identifications(self.box))
        for _ in 0..<Self.storingsMax {
            let time = self.now()
            var budget = earlier
            budget.began(at: time)
            try await BoxState.keep(identifications: budget.times, self.box)
            // The session starts only now. Where the broker was away meanwhile, the time that it
            // stored would let the next one start too soon.
            guard self.now() - time > Self.storingMax else { return }
        }
    }
}
