import Protocol

/// What a gateway has handed in and isn't done yet: one job at a time of each conversation, in the
/// order in which they were handed in, so that nothing that is refused can be overtaken.
///
/// A conversation has a lane from its first job until it has none left; whoever starts a lane takes
/// jobs from it until ``next(of:)`` answers none.
struct Outbox<Job: Sendable>: Sendable {
    /// What became of a job that was handed in.
    enum Admission: Equatable, Sendable {
        /// It is its conversation's first: somebody must begin to take jobs from the lane.
        case start
        /// It waits for those before it.
        case waits
        /// Too many wait.
        case full
        /// Nothing is taken any more.
        case ended
    }

    private struct Lane {
        var waiting: [(number: Int, job: Job)] = []
    }

    /// Jobs that may wait, of all conversations together: 1,024. With a text of 64 KiB each that is
    /// 64 MiB, the most that a broker that stays away may cost.
    static var waitingMax: Int { 1_024 }

    private var lanes: [ConversationID: Lane] = [:]
    private var count = 0
    private var isEnded = false

    /// Jobs that wait.
    var waitingCount: Int { self.count }

    /// A job was handed in, under a number of its own.
    mutating func add(
        _ job: Job, number: Int, to conversation: ConversationID
    ) -> Admission {
        guard !self.isEnded else { return .ended }
        guard self.count < Self.waitingMax else { return .full }
        self.count += 1
        let isFirst = self.lanes[conversation] == nil
        self.lanes[conversation, default: Lane()].waiting.append((number, job))
        return isFirst ? .start : .waits
    }

    /// The job before is done: the next of that conversation, or `nil`, and then the lane is gone.
    mutating func next(of conversation: ConversationID) -> Job? {
        guard var lane = self.lanes[conversation], !lane.waiting.isEmpty else {
            self.lanes[conversation] = nil
            return nil
        }
        let next = lane.waiting.removeFirst()
        self.lanes[conversation] = lane
        self.count -= 1
        return next.job
    }

    /// Nobody wants a job any more. It is taken out if it waits still.
    mutating func remove(number: Int, of conversation: ConversationID) {
        guard
            let index = self.lanes[conversation]?.waiting.firstIndex(where: {
                $0.number == number
            })
        else { return }
        self.lanes[conversation]?.waiting.remove(at: index)
        self.count -= 1
    }

    /// Nothing is taken any more; answers what waited, each conversation's in order.
    mutating func end() -> [Job] {
        self.isEnded = true
        let left = self.lanes.values.flatMap { $0.waiting.map(\.job) }
        self.lanes = self.lanes.mapValues { _ in Lane() }
        self.count = 0
        return left
    }
}
