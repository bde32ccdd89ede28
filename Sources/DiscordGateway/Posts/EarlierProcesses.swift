/// What is known of the processes that brought events into Discord before this one did.
struct EarlierProcesses: Equatable, Sendable {
    /// What was committed later than this can't have been tried by any of them, in milliseconds
    /// since 1970. Without a note of it all may have been.
    var triedUpTo = Int64.max
    /// When the broker's database was put back to an earlier copy, in milliseconds since 1970: what
    /// was committed before may be in Discord, though the broker has forgotten it. 0 if it never was.
    var restoredAt: Int64 = 0

    /// How often a process notes that it is there, and the most that a note takes, in milliseconds.
    static let noteInterval: Int64 = 10_000
    private static let noteDelay: Int64 = 5_000

    /// Nothing is known of them.
    init() {}

    /// What a note says of the last of them, `noted` at a time in milliseconds since 1970.
    init(noted: Int64?, restoredAt: Int64) {
        self.restoredAt = restoredAt
        guard let noted else { return }
        let end = noted.addingReportingOverflow(Self.noteInterval + Self.noteDelay)
        self.triedUpTo = end.overflow ? .max : max(end.partialValue, restoredAt)
    }

    /// Whether an event that was committed at a time may stand in Discord though the broker's database
    /// has forgotten it: it is older than the database's being put back. So may one be that seems to
    /// come from the future, since a clock that was set back tells nothing. In milliseconds since 1970.
    func mayHaveForgotten(eventAt at: Int64, now: Int64) -> Bool {
        self.restoredAt > 0 && (at < self.restoredAt || at > now)
    }
}
