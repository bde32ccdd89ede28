/// One consumer's deliveries: what waits, what is under way, and how much may be.
struct ConsumerState {
    /// The consumer.
    let session: Session
    /// How many conversations may have a delivery under way.
    private(set) var credit: Int64 = 0
    /// Conversations with something to deliver, the longest waiting first.
    private var waiting: [Int64]
    /// The same, to find out whether one waits already.
    private var isWaiting: Set<Int64>
    /// Where `waiting` starts: what stands before has been taken.
    private var first = 0
    /// Conversations with one event delivered and not acknowledged.
    private var underWay: Set<Int64> = []
    /// Conversations whose event was negatively acknowledged and waits for its time.
    private var delayed: Set<Int64> = []

    /// A consumer with a backlog and no credit yet.
    init(session: Session, backlog: [Int64]) {
        self.session = session
        self.waiting = backlog
        self.isWaiting = Set(backlog)
    }

    /// Whether it can be reached: it is ready for deliveries.
    var isUp: Bool { self.credit > 0 }

    /// It allows so many conversations.
    mutating func credited(_ credit: Int64) {
        self.credit = credit
    }

    /// There is something to deliver in a conversation.
    mutating func wants(_ conversation: Int64) {
        guard !self.underWay.contains(conversation), !self.delayed.contains(conversation),
            self.isWaiting.insert(conversation).inserted
        else { return }
        self.waiting.append(conversation)
    }

    /// It is done with a conversation's event, or never got one.
    mutating func finished(_ conversation: Int64, hasMore: Bool) {
        self.underWay.remove(conversation)
        self.delayed.remove(conversation)
        if hasMore { self.wants(conversation) }
    }

    /// It wants a conversation's event again later; the credit is free meanwhile.
    mutating func postponed(_ conversation: Int64) {
        self.underWay.remove(conversation)
        if self.isWaiting.remove(conversation) != nil {
            self.waiting.removeAll { $0 == conversation }
            self.first = 0
        }
        self.delayed.insert(conversation)
    }

    /// The time of a postponed event has come. Nothing if it is no longer postponed.
    mutating func due(_ conversation: Int64) {
        guard self.delayed.remove(conversation) != nil else { return }
        self.wants(conversation)
    }

    /// The conversations whose next event goes out now.
    mutating func next() -> [Int64] {
        var next: [Int64] = []
        while Int64(self.underWay.count) < self.credit, self.first < self.waiting.count {
            let conversation = self.waiting[self.first]
            self.first += 1
            self.isWaiting.remove(conversation)
            self.underWay.insert(conversation)
            next.append(conversation)
        }
        if self.first == self.waiting.count || self.first > 1_024 {
            self.waiting.removeFirst(self.first)
            self.first = 0
        }
        return next
    }
}
