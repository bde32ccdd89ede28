/// Decides when the next session may be started: Discord allows 1,000 a day and takes the token away
/// from whoever needs more, so that a process that dies again and again must not use them up.
struct IdentifyBudget: Equatable, Sendable {
    /// When sessions were started, in milliseconds since 1970, oldest first.
    private(set) var times: [Int64]

    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 24 * hour
    /// Sessions in an hour after which they become rarer, more than somebody starts by hand, and how
    /// far apart they are then.
    private static let hourMax = 60
    private static let hourDistance: Int64 = 60_000
    /// Sessions in a day after which they become rare: with these, a day has fewer than 400.
    private static let dayMax = 200
    private static let dayDistance: Int64 = 600_000
    /// Discord takes one session in 5 s.
    private static let distance: Int64 = 5_000

    /// A budget from what earlier processes kept.
    init(times: [Int64]) { self.times = times.sorted() }

    /// The clock shows this time: what seems to come later was before it was set back, and counts as
    /// now from here on. Else every look would find it just past, until the clock has caught up.
    mutating func clockShows(_ now: Int64) {
        self.times = self.times.map { min($0, now) }
    }

    /// Milliseconds until the next session may be started.
    func wait(at now: Int64) -> Int64 {
        let past = self.times.map { min($0, now) }
        guard let last = past.last else { return 0 }
        let distance: Int64
        if past.count(where: { $0 > now - Self.day }) >= Self.dayMax {
            distance = Self.dayDistance
        } else if past.count(where: { $0 > now - Self.hour }) >= Self.hourMax {
            distance = Self.hourDistance
        } else {
            distance = Self.distance
        }
        return max(0, last + distance - now)
    }

    /// Sessions that were started in the last hour.
    func lastHour(at now: Int64) -> Int { self.times.count { $0 > now - Self.hour } }

    /// A session is started now.
    mutating func began(at now: Int64) {
        self.times = self.times.map { min($0, now) }.filter { $0 > now - Self.day } + [now]
    }
}
