/// How often it is told that somebody types: it is shown for 10 s, so that once in 3 s is enough.
struct TypingBrake: Equatable, Sendable {
    /// The shortest time between two signals of one person.
    static let interval = Duration.seconds(3)
    /// People of the team who are told apart; more begin anew.
    static let namesMax = 8

    private var visitorAt: ContinuousClock.Instant?
    private var teamAt: [String: ContinuousClock.Instant] = [:]

    /// The visitor types. Says whether the team is told.
    mutating func visitorTypes(at now: ContinuousClock.Instant) -> Bool {
        guard Self.isOver(self.visitorAt, now) else { return false }
        self.visitorAt = now
        return true
    }

    /// Somebody of the team types. Says whether the pages are told.
    mutating func teamTypes(_ name: String?, at now: ContinuousClock.Instant) -> Bool {
        let name = name ?? ""
        guard Self.isOver(self.teamAt[name], now) else { return false }
        if self.teamAt.count >= Self.namesMax { self.teamAt = [:] }
        self.teamAt[name] = now
        return true
    }

    private static func isOver(
        _ last: ContinuousClock.Instant?, _ now: ContinuousClock.Instant
    ) -> Bool {
        last.map { now >= $0 + self.interval } ?? true
    }
}
