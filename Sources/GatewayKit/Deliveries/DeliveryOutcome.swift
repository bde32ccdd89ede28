public import Protocol

/// What became of a delivered event on the far side.
///
/// `isPossibleDuplicate` says with each that the event may stand there twice, since nobody can find
/// out any more whether an earlier try took effect, and that people there were told so beside it. The
/// broker counts such events, each once.
public enum DeliveryOutcome: Equatable, Sendable {
    /// Every effect is durable; `external` are the far side's ids of it, in the order of its parts.
    case handled(external: [ExternalID] = [], isPossibleDuplicate: Bool = false)
    /// Not now: deliver it again after that time (0–600 s), with the ids of the parts made so far.
    case later(
        after: Duration, external: [ExternalID] = [], reason: String,
        isPossibleDuplicate: Bool = false)
    /// The far side refuses it for good because of the message itself.
    case deadLetter(
        code: String, reason: String, external: [ExternalID] = [],
        isPossibleDuplicate: Bool = false)
}

extension DeliveryOutcome {
    /// Whether the event is delivered again.
    var comesAgain: Bool { if case .later = self { true } else { false } }

    /// The same, of an event that may stand on the far side twice if that is so.
    func marked(asPossibleDuplicate isPossible: Bool) -> DeliveryOutcome {
        guard isPossible else { return self }
        return switch self {
        case .handled(let external, _):
            .handled(external: external, isPossibleDuplicate: true)
        case .later(let wait, let external, let reason, _):
            .later(after: wait, external: external, reason: reason, isPossibleDuplicate: true)
        case .deadLetter(let code, let reason, let external, _):
            .deadLetter(code: code, reason: reason, external: external, isPossibleDuplicate: true)
        }
    }
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
