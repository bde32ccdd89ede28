/// What Discord counts of us (reliability.md's I13): sessions, resumptions, and refused requests.
struct Budget {
    /// When sessions were started, in milliseconds.
    var identifies: [Int64] = []
    /// When sessions were taken up again.
    var resumes: [Int64] = []
    /// When requests were refused by 401, 403 or 429: Discord shuts out whoever has 10,000 of them
    /// in 10 minutes.
    var refusals: [Int64] = []
    /// When requests of any kind were made.
    var requests: [Int64] = []

    /// Sessions in 10 s: Discord takes one in 5 s, and on slow ways one of them is late.
    static let identifiesMax = 3
    /// Sessions that are taken up again in 10 s: with back-off between them there are few.
    static let resumesMax = 20
    /// Refused requests in 10 s: a thousandth of what Discord allows in 10 minutes.
    static let refusalsMax = 60
    /// Requests in 1 s: Discord's limit for a bot.
    static let requestsMax = 50

    /// What is wrong.
    func violations(_ record: Record) -> [Violation] {
        var found: [String] = []
        for (name, times, window, most) in [
            // A database that was put back has forgotten when sessions were started.
            (
                "sessions were started", record.wasRestored ? [] : self.identifies, 10_000,
                Self.identifiesMax
            ),
            ("sessions were taken up again", self.resumes, 10_000, Self.resumesMax),
            ("requests were refused", self.refusals, 10_000, Self.refusalsMax),
            ("requests were made", self.requests, 1_000, Self.requestsMax),
        ] as [(String, [Int64], Int64, Int)] {
            let count = Self.most(of: times, within: window)
            if count > most { found.append("\(count) \(name) in \(window / 1_000) s") }
        }
        return found.map { Violation(invariant: "I13 budgets", sentence: $0) }
    }

    /// How many of some ascending times lie in one window at most.
    static func most(of times: [Int64], within window: Int64) -> Int {
        var (first, most) = (0, 0)
        for (index, time) in times.enumerated() {
            while times[first] <= time - window { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }
}
