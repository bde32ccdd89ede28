/// Who reads what, post by post: one worker at a time, changes in the order in which they were told,
/// and none of them before a read-back that is due.
struct LaneTable: Sendable {
    private struct Lane {
        var queue: [LiveChange] = []
        var covered: [DispatchNumber] = []
        /// The oldest message that the next read-back must show, also if the mark is beyond it.
        var oldest: Snowflake?
        var highest: Snowflake?
        var isHeld = false
        var wantsReadBack = false
        var wantsComparison = false
        var isRunning = false
    }

    /// Changes that wait for one post before they are dropped in favour of a read-back: a broker
    /// that is away for long must not fill our memory.
    static let queueMax = 200

    private var lanes: [Snowflake: Lane] = [:]
    private var holdsAll = false

    /// Something happened in one of our posts. Answers whether its worker must be started, and the
    /// changes that were dropped and that a read-back doesn't show: edits and deletions.
    mutating func received(
        _ change: LiveChange, in post: Snowflake
    ) -> (starts: Bool, dropped: [LiveChange]) {
        var dropped: [LiveChange] = []
        let starts = self.change(post) { lane in
            lane.queue.append(change)
            guard lane.queue.count > Self.queueMax else { return }
            Self.cover(&lane)
            dropped = lane.queue
            lane.queue = []
            lane.wantsReadBack = true
        }
        return (starts, dropped)
    }

    /// A new session: nothing live is handled in any post until it is known what was missed there.
    mutating func holdAll() {
        self.holdsAll = true
        for post in self.lanes.keys { self.lanes[post]?.isHeld = true }
    }

    /// It is known whether something may have been missed in a post. Answers whether its worker must
    /// be started.
    mutating func decided(_ post: Snowflake, readBack: Bool) -> Bool {
        self.change(post) { lane in
            // What an earlier session told may have been deleted since without our being told: only
            // what is still there counts.
            let isStale = lane.isHeld && lane.queue.contains { $0.change.written != nil }
            lane.isHeld = false
            lane.wantsReadBack = lane.wantsReadBack || readBack || isStale
        }
    }

    /// A post shall be compared with what is stored, after whatever is being done there and after a
    /// read-back that is due. Answers whether its worker must be started.
    mutating func compare(_ post: Snowflake) -> Bool {
        self.change(post) { $0.wantsComparison = true }
    }

    /// Every post was decided on. Answers whose workers must be started.
    mutating func releaseAll() -> [Snowflake] {
        self.holdsAll = false
        return self.lanes.keys.filter { post in self.decided(post, readBack: false) }
    }

    /// Work that was handed out can't be done now: its messages are read again with all that
    /// follow.
    mutating func returned(_ work: LaneWork, in post: Snowflake) {
        guard var lane = self.lanes[post] else { return }
        switch work {
        case .readBack(let numbers, let oldest): Self.cover(numbers, oldest, &lane)
        case .live(let live): Self.cover([live.number], live.change.written?.id, &lane)
        case .compare: lane.wantsComparison = true
        }
        if work != .compare { lane.wantsReadBack = true }
        self.lanes[post] = lane
    }

    /// Dispatches that the next read-back covers.
    mutating func cover(_ numbers: [DispatchNumber], in post: Snowflake) {
        self.lanes[post]?.covered += numbers
    }

    private static func cover(
        _ numbers: [DispatchNumber], _ oldest: Snowflake?, _ lane: inout Lane
    ) {
        lane.covered += numbers
        lane.oldest = [lane.oldest, oldest].compactMap { $0 }.min()
    }

    /// Messages that were told and wait are left to the next read-back.
    private static func cover(_ lane: inout Lane) {
        for live in lane.queue {
            if let message = live.change.written {
                Self.cover([live.number], message.id, &lane)
            }
        }
        lane.queue.removeAll { $0.change.written != nil }
    }

    /// Whether a read-back of a post is due.
    func wantsReadBack(_ post: Snowflake) -> Bool {
        self.lanes[post]?.wantsReadBack == true
    }

    /// Up to where the mark may move with a message that is handled now: not past one that Discord
    /// told later though it is older, and that still waits.
    mutating func mark(handling message: Snowflake, in post: Snowflake) -> Snowflake? {
        guard var lane = self.lanes[post] else { return message }
        let highest = max(lane.highest ?? message, message)
        lane.highest = highest
        self.lanes[post] = lane
        let waiting = lane.queue.lazy.compactMap { $0.change.written?.id }
        return waiting.contains { $0 < highest } ? nil : highest
    }

    /// Whether a comparison of a post waits for its worker.
    func wantsComparison(of post: Snowflake) -> Bool {
        self.lanes[post]?.wantsComparison == true
    }

    /// What the post's worker does next; `nil` ends the worker.
    mutating func next(for post: Snowflake) -> LaneWork? {
        guard var lane = self.lanes[post] else { return nil }
        defer { self.lanes[post] = self.isIdle(lane) ? nil : lane }
        guard !lane.isHeld else {
            lane.isRunning = false
            return nil
        }
        if lane.wantsReadBack {
            lane.wantsReadBack = false
            // It shows what is still there of them.
            Self.cover(&lane)
            defer {
                lane.covered = []
                lane.oldest = nil
            }
            return .readBack(covering: lane.covered, including: lane.oldest)
        }
        if lane.wantsComparison {
            lane.wantsComparison = false
            return .compare
        }
        guard !lane.queue.isEmpty else {
            lane.isRunning = false
            return nil
        }
        return .live(lane.queue.removeFirst())
    }

    private func isIdle(_ lane: Lane) -> Bool {
        !lane.isRunning && !lane.isHeld && !Self.hasWork(lane)
    }

    private static func hasWork(_ lane: Lane) -> Bool {
        lane.wantsReadBack || lane.wantsComparison || !lane.queue.isEmpty
    }

    private mutating func change(_ post: Snowflake, _ body: (inout Lane) -> Void) -> Bool {
        var lane = self.lanes[post] ?? Lane(isHeld: self.holdsAll)
        body(&lane)
        let starts = Self.hasWork(lane) && !lane.isHeld && !lane.isRunning
        if starts { lane.isRunning = true }
        self.lanes[post] = self.isIdle(lane) ? nil : lane
        return starts
    }
}
