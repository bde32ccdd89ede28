/// How far somebody has got with a conversation.
struct Progress: Equatable, Sendable {
    /// The seq up to which everything has arrived.
    var deliveredUpTo: Int64 = 0
    /// The seq up to which everything was seen.
    var seenUpTo: Int64 = 0

    /// The further of both, each for itself.
    func merged(_ other: Progress) -> Progress {
        Progress(
            deliveredUpTo: max(self.deliveredUpTo, other.deliveredUpTo),
            seenUpTo: max(self.seenUpTo, other.seenUpTo))
    }
}

/// What a conversation's pages together say of themselves: how far they have got, and whether
/// anybody looks at one of them.
///
/// The broker is told what changed at once, and then at most once an interval, so that a page that
/// scrolls or flickers costs no more than another.
struct PageReports: Equatable, Sendable {
    /// What to do about a change.
    enum Step: Equatable, Sendable {
        case nothing
        /// Tell the broker what changed.
        case tell(Change)
        /// Ask again after so long.
        case wait(Duration)
    }

    /// What the broker doesn't know yet.
    struct Change: Equatable, Sendable {
        var deliveredUpTo: Int64?
        var seenUpTo: Int64?
        var isPresent: Bool?

        /// Whether there is anything to tell.
        var isEmpty: Bool { self == Change() }
    }

    /// The shortest time between two reports of one conversation.
    static let interval = Duration.seconds(1)

    private(set) var told = Progress()
    private var wanted = Progress()
    private var isToldPresent = false
    private var isPresent = false
    private var nextAt: ContinuousClock.Instant?
    private var isWaiting = false

    /// The broker said how far it knows us to be.
    mutating func knows(_ progress: Progress) {
        self.told = self.told.merged(progress)
        self.wanted = self.wanted.merged(progress)
    }

    /// A page said how far it is; nobody can be further than the newest event.
    mutating func reported(_ report: PageReport, head: Int64) {
        self.wanted = self.wanted.merged(
            Progress(
                deliveredUpTo: min(report.deliveredUpTo ?? 0, head),
                seenUpTo: min(report.seenUpTo ?? 0, head)))
    }

    /// Whether anybody looks at a page.
    mutating func looked(_ isPresent: Bool) { self.isPresent = isPresent }

    /// Something may have changed: what to do now.
    mutating func step(at now: ContinuousClock.Instant) -> Step {
        guard !self.isWaiting else { return .nothing }
        let change = self.change
        guard !change.isEmpty else { return .nothing }
        if let next = self.nextAt, now < next {
            self.isWaiting = true
            return .wait(next - now)
        }
        return .tell(self.take(change, at: now))
    }

    /// The time that was waited for has come.
    mutating func due(at now: ContinuousClock.Instant) -> Step {
        self.isWaiting = false
        return self.step(at: now)
    }

    /// The last page is gone: what the broker is still to be told.
    mutating func ended(at now: ContinuousClock.Instant) -> Change {
        self.isPresent = false
        return self.take(self.change, at: now)
    }

    private var change: Change {
        Change(
            deliveredUpTo: self.wanted.deliveredUpTo > self.told.deliveredUpTo
                ? self.wanted.deliveredUpTo : nil,
            seenUpTo: self.wanted.seenUpTo > self.told.seenUpTo ? self.wanted.seenUpTo : nil,
            isPresent: self.isPresent != self.isToldPresent ? self.isPresent : nil)
    }

    private mutating func take(_ change: Change, at now: ContinuousClock.Instant) -> Change {
        self.told = self.wanted
        self.isToldPresent = self.isPresent
        self.nextAt = now + Self.interval
        return change
    }
}
