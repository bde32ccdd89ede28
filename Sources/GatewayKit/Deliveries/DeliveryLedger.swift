import Protocol

/// What has been delivered to this process and isn't settled with the broker yet: the reason why a
/// handler sees each event once in the life of the process.
///
/// It holds at most one event of a conversation, and no more running ones than there are places.
struct DeliveryLedger: Sendable {
    /// What a delivery asks for.
    enum Arrival: Equatable, Sendable {
        /// Call the handler.
        case handle
        /// It was handled before the broker could learn of it: tell it again.
        case settle(Settlement)
        /// Nothing now: its handler still runs, its settlement is on its way, or it waits for its
        /// conversation or for a place.
        case wait
        /// More deliveries than any credit allows.
        case excess
    }

    private enum Stage {
        case running
        case settling(Settlement, isSubmitted: Bool)
    }

    private struct Entry {
        var seq: Int64
        var event: EventID
        var epoch: Epoch?
        var stage: Stage
    }

    /// Deliveries that may wait for their turn: no credit is greater.
    static let heldMax = 1_024

    private var entries: [ConversationID: Entry] = [:]
    private var held: [Delivery] = []
    private var running = 0
    private var epoch: Epoch?
    /// How many handlers may run at a time.
    private var places = 1

    /// Whether no handler runs and nothing has to be told to the broker of now.
    var isSettled: Bool {
        self.entries.values.allSatisfy { entry in
            if case .settling(_, isSubmitted: false) = entry.stage { true } else { false }
        }
    }

    /// Handlers that run.
    var runningCount: Int { self.running }

    /// The gateway takes so many conversations at a time. Those that run already go on.
    mutating func allowed(_ conversations: Int) {
        if conversations > 0 { self.places = conversations }
    }

    /// A connection was welcomed.
    mutating func connected(_ epoch: Epoch) {
        guard epoch != self.epoch else { return }
        self.epoch = epoch
        for (conversation, entry) in self.entries {
            // What was to be told is about another database's numbers. It is kept in case the
            // same event, known by its id, is delivered from this one.
            guard case .settling(let settlement, _) = entry.stage else { continue }
            self.entries[conversation]?.stage = .settling(settlement, isSubmitted: false)
        }
    }

    /// The connection is lost: what had no turn yet is delivered again.
    mutating func disconnected() {
        self.held = []
    }

    /// An event was delivered.
    mutating func arrived(_ delivery: Delivery) -> Arrival {
        guard let entry = self.entries[delivery.conversation] else { return self.admit(delivery) }
        switch entry.stage {
        case .running where entry.event == delivery.event.id:
            self.entries[delivery.conversation]?.epoch = self.epoch
            self.entries[delivery.conversation]?.seq = delivery.event.seq
            return .wait
        case .settling(let settlement, isSubmitted: false):
            guard entry.event == delivery.event.id else {
                self.entries[delivery.conversation] = nil
                return self.admit(delivery)
            }
            return .settle(self.resubmitted(settlement, seq: delivery.event.seq))
        case .settling where entry.event == delivery.event.id: return .wait
        case .running, .settling: return self.hold(delivery)
        }
    }

    /// A handler returned. Answers what to tell the broker, or `nil` if that has to wait until the
    /// event is delivered from the database of now.
    mutating func finished(_ delivery: Delivery, _ outcome: DeliveryOutcome) -> Settlement? {
        guard let entry = self.entries[delivery.conversation], entry.event == delivery.event.id,
            case .running = entry.stage
        else { return nil }
        self.running -= 1
        let settlement = Settlement(
            conversation: delivery.conversation, seq: entry.seq, event: entry.event,
            outcome: outcome)
        let isCurrent = entry.epoch == self.epoch
        self.entries[delivery.conversation]?.stage = .settling(settlement, isSubmitted: isCurrent)
        return isCurrent ? settlement : nil
    }

    /// Whether the broker still has to be told this in the present epoch.
    func awaits(_ settlement: Settlement) -> Bool {
        guard let entry = self.entries[settlement.conversation],
            case .settling(settlement, isSubmitted: true) = entry.stage
        else { return false }
        return true
    }

    /// The broker knows, or will never take it.
    mutating func settled(_ settlement: Settlement) {
        guard self.awaits(settlement) else { return }
        self.entries[settlement.conversation] = nil
    }

    /// Deliveries whose turn has come; each is for the handler now.
    mutating func takeReady() -> [Delivery] {
        var ready: [Delivery] = []
        var left: [Delivery] = []
        for delivery in self.held {
            if self.running < self.places, self.entries[delivery.conversation] == nil {
                self.start(delivery)
                ready.append(delivery)
            } else {
                left.append(delivery)
            }
        }
        self.held = left
        return ready
    }

    private mutating func admit(_ delivery: Delivery) -> Arrival {
        guard self.running < self.places else { return self.hold(delivery) }
        self.start(delivery)
        return .handle
    }

    private mutating func hold(_ delivery: Delivery) -> Arrival {
        guard self.held.count < Self.heldMax else { return .excess }
        self.held.append(delivery)
        return .wait
    }

    private mutating func start(_ delivery: Delivery) {
        self.running += 1
        self.entries[delivery.conversation] = Entry(
            seq: delivery.event.seq, event: delivery.event.id, epoch: self.epoch, stage: .running)
    }

    private mutating func resubmitted(_ settlement: Settlement, seq: Int64) -> Settlement {
        var settlement = settlement
        settlement.seq = seq
        self.entries[settlement.conversation]?.seq = seq
        self.entries[settlement.conversation]?.epoch = self.epoch
        self.entries[settlement.conversation]?.stage = .settling(settlement, isSubmitted: true)
        return settlement
    }
}
