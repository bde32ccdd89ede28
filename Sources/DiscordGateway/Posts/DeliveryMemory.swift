import Protocol

/// What this process knows of the conversations' deliveries: whether a send may have happened that
/// nobody noted.
struct DeliveryMemory: Sendable {
    private static let namedWait = Duration.seconds(5)

    private var past: EarlierProcesses
    private var settled: Set<ConversationID> = []
    private var failures: [ConversationID: Int] = [:]

    /// A memory of a process that knows this of earlier ones.
    init(past: EarlierProcesses = EarlierProcesses()) { self.past = past }

    /// What an earlier process, or an earlier try, may have done for an event, when it is `now` in
    /// milliseconds since 1970. `wasSent`: this process sent something of it without an answer.
    func doubt(about delivery: Delivery, wasSent: Bool, at now: Int64) -> Doubt {
        let event = delivery.event
        let isRestored = self.past.mayHaveForgotten(eventAt: event.at, now: now)
        var doubt = Doubt(
            isOpen: !self.settled.contains(delivery.conversation) || isRestored,
            wasTried: wasSent || event.at <= self.past.triedUpTo, at: event.at, now: now)
        doubt.mayHoldLater = isRestored
        return doubt
    }

    /// An event's delivery begins: whatever happens, its end must be heard first.
    mutating func began(_ conversation: ConversationID) {
        self.settled.remove(conversation)
    }

    /// It ended; answers the verdict with a longer wait if the conversation keeps failing.
    mutating func ended(
        _ verdict: DeliveryVerdict, in conversation: ConversationID
    ) -> DeliveryVerdict {
        guard case .later(let wait, let external, let reason) = verdict else {
            self.settled.insert(conversation)
            self.failures[conversation] = nil
            return verdict
        }
        self.settled.remove(conversation)
        let count = (self.failures[conversation] ?? 0) + 1
        self.failures[conversation] = count
        // Whoever names a longer wait knows until when.
        guard wait < Self.namedWait else { return .later(after: wait, external, reason: reason) }
        let longer = min(wait * (1 << min(count - 1, 5)), .seconds(60))
        return .later(after: longer, external, reason: reason)
    }

    /// Another process may have acted for us: everything is in doubt again.
    mutating func forgetAll() { self.settled = [] }

    /// Another process may have tried whatever was committed up to a time, in milliseconds since
    /// 1970.
    mutating func othersMayHaveTried(upTo time: Int64) {
        self.past.triedUpTo = max(self.past.triedUpTo, time)
    }
}
