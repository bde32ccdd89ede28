import Protocol

/// The events that were handled lately, by which a repeated delivery is known.
///
/// The cursor keeps repetitions away; what remains is a broker whose database was put back to an
/// earlier day, which delivers again what came since.
struct RecentEvents: Sendable {
    /// Events remembered of one conversation: 16, since they come one after the other.
    static let eventsMax = 16
    /// Conversations remembered: 4,096, of which the one that was remembered first is forgotten
    /// first; with 16 events each about 8 MiB.
    static let conversationsMax = 4_096

    private struct Handled {
        var event: EventID
        var external: [ExternalID]
    }

    private var handled: [ConversationID: [Handled]] = [:]
    private var order: [ConversationID] = []
    private var oldest = 0

    /// The far side's ids of an event that was handled; `nil` if it isn't known.
    func external(of event: EventID, in conversation: ConversationID) -> [ExternalID]? {
        self.handled[conversation]?.last { $0.event == event }?.external
    }

    /// An event was handled.
    mutating func add(
        _ event: EventID, _ external: [ExternalID], in conversation: ConversationID
    ) {
        if self.handled[conversation] == nil { self.makeRoom(for: conversation) }
        var events = self.handled[conversation] ?? []
        if events.count == Self.eventsMax { events.removeFirst() }
        events.append(Handled(event: event, external: external))
        self.handled[conversation] = events
    }

    private mutating func makeRoom(for conversation: ConversationID) {
        guard self.order.count == Self.conversationsMax else {
            return self.order.append(conversation)
        }
        self.handled[self.order[self.oldest]] = nil
        self.order[self.oldest] = conversation
        self.oldest = (self.oldest + 1) % Self.conversationsMax
    }
}
