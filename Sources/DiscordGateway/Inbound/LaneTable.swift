/// A message that the Gateway told of.
struct LiveMessage: Equatable, Sendable {
    /// The number by which the dispatch is finished.
    var number: DispatchNumber
    /// The message.
    var message: DiscordMessage
}

/// What a post's worker does next.
enum LaneWork: Equatable, Sendable {
    /// Read everything after the mark; that also covers these dispatches.
    case readBack(covering: [DispatchNumber])
    /// Handle one message.
    case live(LiveMessage)

    /// The dispatches that this work is for.
    var numbers: [DispatchNumber] {
        switch self {
        case .readBack(let numbers): numbers
        case .live(let message): [message.number]
        }
    }
}

/// Who reads what, post by post: one worker at a time, live messages in order, and none of them
/// before a read-back that is due.
struct LaneTable: Sendable {
    private struct Lane {
        var queue: [LiveMessage] = []
        var covered: [DispatchNumber] = []
        var isHeld = false
        var wantsReadBack = false
        var isRunning = false
    }

    /// Messages that wait for one post before they are dropped in favour of a read-back: a broker
    /// that is away for long must not fill our memory.
    static let queueMax = 200

    private var lanes: [Snowflake: Lane] = [:]
    private var holdsAll = false

    /// A message came for one of our posts. Answers whether its worker must be started.
    mutating func received(_ message: LiveMessage, in post: Snowflake) -> Bool {
        self.change(post) { lane in
            lane.queue.append(message)
            guard lane.queue.count > Self.queueMax else { return }
            lane.covered += lane.queue.map(\.number)
            lane.queue = []
            lane.wantsReadBack = true
        }
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
            lane.isHeld = false
            lane.wantsReadBack = lane.wantsReadBack || readBack
        }
    }

    /// Every post was decided on. Answers whose workers must be started.
    mutating func releaseAll() -> [Snowflake] {
        self.holdsAll = false
        return self.lanes.keys.filter { post in self.decided(post, readBack: false) }
    }

    /// Work that was handed out can't be done now: its messages are read again with all that
    /// follow.
    mutating func returned(_ numbers: [DispatchNumber], in post: Snowflake) {
        self.lanes[post]?.covered += numbers
        self.lanes[post]?.wantsReadBack = true
    }

    /// Whether a read-back of a post is due.
    func wantsReadBack(_ post: Snowflake) -> Bool {
        self.lanes[post]?.wantsReadBack == true
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
            defer { lane.covered = [] }
            return .readBack(covering: lane.covered)
        }
        guard !lane.queue.isEmpty else {
            lane.isRunning = false
            return nil
        }
        return .live(lane.queue.removeFirst())
    }

    private func isIdle(_ lane: Lane) -> Bool {
        !lane.isRunning && !lane.isHeld && lane.queue.isEmpty && !lane.wantsReadBack
    }

    private mutating func change(_ post: Snowflake, _ body: (inout Lane) -> Void) -> Bool {
        var lane = self.lanes[post] ?? Lane(isHeld: self.holdsAll)
        body(&lane)
        let hasWork = lane.wantsReadBack || !lane.queue.isEmpty
        let starts = hasWork && !lane.isHeld && !lane.isRunning
        if starts { lane.isRunning = true }
        self.lanes[post] = self.isIdle(lane) ? nil : lane
        return starts
    }
}
