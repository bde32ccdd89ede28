/// One consumer's deliveries: what waits, what is under way, and how much may be.
struct ConsumerState {
    /// The consumer.
    let session: Session
    /// How many conversations may have a delivery under way.
    private(set) var credit: Int64 = 0
    /// What is known about the losses of its service.
    private(set) var crashes: CrashRecord
    /// Whether it has acknowledged anything.
    private(set) var hasAcknowledged = false
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
    /// Conversations whose event is suspected, until the connection has stood for a while.
    private var held: Set<Int64> = []
    private var hasStood = false
    /// Whether too much waits to be written to it, so that nothing more goes out.
    private var lacksRoom = false
    /// The one delivery that went out alone, and when, in milliseconds of uptime.
    private var alone: (conversation: Int64, at: Int64)?

    /// A consumer with a backlog and no credit yet.
    init(session: Session, backlog: [Int64], crashes: CrashRecord = CrashRecord()) {
        self.session = session
        self.waiting = backlog
        self.isWaiting = Set(backlog)
        self.crashes = crashes
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
            !self.held.contains(conversation), self.isWaiting.insert(conversation).inserted
        else { return }
        self.waiting.append(conversation)
    }

    /// It has acknowledged a conversation's events up to a seq.
    mutating func acknowledged(_ conversation: Int64, upTo seq: Int64) {
        self.hasAcknowledged = true
        self.crashes.acknowledged(conversation, upTo: seq)
    }

    /// It is done with a conversation's event, or never got one.
    mutating func finished(_ conversation: Int64, hasMore: Bool) {
        self.leave(conversation)
        self.delayed.remove(conversation)
        if hasMore { self.wants(conversation) }
    }

    /// It wants a conversation's event again later; the credit is free meanwhile.
    mutating func postponed(_ conversation: Int64) {
        self.leave(conversation)
        if self.isWaiting.remove(conversation) != nil {
            self.waiting.removeFirst(self.first)
            self.waiting.removeAll { $0 == conversation }
            self.first = 0
        }
        self.delayed.insert(conversation)
    }

    /// A conversation was erased: whatever an earlier event of it waited for is over, and the event
    /// that says so comes at once if the consumer holds something of it.
    mutating func erased(_ conversation: Int64, isWaiting: Bool) {
        self.crashes.suspects[conversation] = nil
        self.held.remove(conversation)
        self.delayed.remove(conversation)
        if isWaiting { self.wants(conversation) } else { self.leave(conversation) }
    }

    private mutating func leave(_ conversation: Int64) {
        self.underWay.remove(conversation)
        self.held.remove(conversation)
        if self.alone?.conversation == conversation { self.alone = nil }
    }

    /// The time of a postponed event has come. Nothing if it is no longer postponed.
    mutating func due(_ conversation: Int64) {
        guard self.delayed.remove(conversation) != nil else { return }
        self.wants(conversation)
    }

    /// The connection has stood for a while: suspects may come.
    mutating func stood() {
        self.hasStood = true
        let held = self.held.sorted()
        self.held = []
        for conversation in held { self.wants(conversation) }
    }

    /// What was to go out didn't, since too much waits to be written to it: it comes first when there
    /// is room.
    ///
    /// - Returns: whether that wasn't so before.
    mutating func foundNoRoom(for conversations: [Int64]) -> Bool {
        let kept = conversations.filter { self.underWay.contains($0) }
        for conversation in kept { self.leave(conversation) }
        let next = kept.filter { self.isWaiting.insert($0).inserted }
        self.waiting.insert(contentsOf: next, at: self.first)
        defer { self.lacksRoom = true }
        return !self.lacksRoom
    }

    /// There is room for more.
    mutating func foundRoom() { self.lacksRoom = false }

    /// More is known about the losses of its service.
    mutating func recorded(_ crashes: CrashRecord) {
        self.crashes = crashes
    }

    /// The conversation that a loss at this time counts against.
    func suspect(at uptime: Int64) -> Int64? {
        guard let alone = self.alone, uptime - alone.at <= CrashRecord.blameMilliseconds else {
            return nil
        }
        return alone.conversation
    }

    /// The conversations whose next event goes out now.
    ///
    /// A suspect, and anything after too many losses, goes out alone: nothing else is under way
    /// then, and nothing follows until it is done.
    mutating func next(at uptime: Int64) -> [Int64] {
        var next: [Int64] = []
        guard !self.lacksRoom else { return next }
        while Int64(self.underWay.count) < self.credit, self.alone == nil,
            self.first < self.waiting.count
        {
            let conversation = self.waiting[self.first]
            let isSuspect = self.crashes.suspects[conversation] != nil
            let goesAlone = isSuspect && self.hasStood || self.crashes.isCareful
            let isHeld = isSuspect && !self.hasStood
            if !isHeld, goesAlone, !self.underWay.isEmpty { break }
            self.first += 1
            self.isWaiting.remove(conversation)
            if isHeld {
                self.held.insert(conversation)
                continue
            }
            if goesAlone { self.alone = (conversation, uptime) }
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
