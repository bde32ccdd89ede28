public import Protocol

/// What became of a delivered event on the far side.
public enum DeliveryOutcome: Equatable, Sendable {
    /// Every effect is durable; `external` are the far side's ids of it, in the order of its parts.
    case handled(external: [ExternalID] = [])
    /// Not now: deliver it again after that time (0–600 s), with the ids of the parts made so far.
    case later(after: Duration, external: [ExternalID] = [], reason: String)
    /// The far side refuses it for good because of the message itself.
    case deadLetter(code: String, reason: String, external: [ExternalID] = [])
}

/// What the broker has to be told about one delivered event.
struct Settlement: Equatable, Sendable {
    /// The conversation.
    var conversation: ConversationID
    /// The event's seq in the present epoch.
    var seq: Int64
    /// The event.
    var event: EventID
    /// What became of it.
    var outcome: DeliveryOutcome
}
