import Protocol

/// Brings a page from where it stands to the newest event, page by page.
///
/// A live event that comes meanwhile only moves the goal: it is fetched like the others, so that
/// nothing has to be kept and the order stays ascending.
struct CatchUp: Equatable, Sendable {
    /// What to fetch next.
    private(set) var next: History.Range
    /// Whether the subscription has ended: until it stands again the goal may be too near.
    private(set) var isLagging = false
    private var goal: Int64

    /// The way of a page; `nil` if it has everything.
    init?(_ subscribed: Subscribed, from position: Position?) {
        let head = subscribed.head.seq
        guard head > 0 else { return nil }
        if subscribed.recovered, let position {
            guard position.seq < head else { return nil }
            self.next = .after(position.seq)
        } else {
            self.next = .before(head + 1)
        }
        self.goal = head
    }

    /// The way of a page that has everything up to `reached` and was told no more; `nil` if there
    /// is no more.
    init?(after reached: Int64, to head: Int64) {
        guard reached < head else { return nil }
        self.next = .after(reached)
        self.goal = head
    }

    /// A later event was committed.
    mutating func pushed(_ seq: Int64) {
        self.goal = max(self.goal, seq)
    }

    /// The subscription has ended.
    mutating func lagged() { self.isLagging = true }

    /// The subscription stands again, and this is the newest event.
    mutating func resubscribed(_ head: Int64) {
        self.isLagging = false
        self.goal = max(self.goal, head)
    }

    /// A page came. Says whether the goal is reached.
    mutating func received(_ page: Page) -> Bool {
        // A page without events can't lead any further.
        guard let reached = page.events.last?.seq, reached < self.goal else { return true }
        self.next = .after(reached)
        return false
    }
}
