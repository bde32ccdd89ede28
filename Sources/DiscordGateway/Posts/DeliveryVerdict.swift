import Protocol

/// How a delivery ended.
enum DeliveryVerdict: Equatable, Sendable {
    /// Every effect is in Discord; these are the messages that were made.
    case handled([ExternalID])
    /// Not now; these parts are made.
    case later(after: Duration, [ExternalID], reason: String)
    /// Never, because of the message itself.
    case deadLetter(code: String, reason: String, [ExternalID])
}

extension DeliveryVerdict {
    /// How long to wait after an answer was lost.
    static let lossWait = Duration.seconds(2)
    /// How long to wait where what must be mended is known, so that looking for it again costs nothing:
    /// Discord tells when a permission is given back.
    static let knownWait = Duration.seconds(5)
    /// How long to wait for somebody to mend a permission or a token.
    static let mendWait = Duration.seconds(60)

    /// What a failed request means for the delivery: only what Discord refuses because of the
    /// message itself, in a request that writes it, is held against it.
    init(
        failed outcome: DiscordOutcome<Never>, _ external: [ExternalID], isAboutMessage: Bool
    ) {
        switch outcome {
        case .rejected(let rejection) where isAboutMessage && rejection.blamesMessage:
            self = .deadLetter(
                code: String(rejection.code), reason: "Discord refuses it: \(rejection.message)",
                external)
        case .rejected(let rejection):
            self = .later(after: Self.mendWait, external, reason: rejection.description)
        case .postponed(let wait, let reason):
            self = .later(after: wait, external, reason: reason)
        case .unknown(let reason):
            self = .later(after: Self.lossWait, external, reason: reason)
        }
    }
}

extension DiscordOutcome {
    /// The value, or the failure by itself.
    func split() -> (value: Value?, failure: DiscordOutcome<Never>) {
        switch self {
        case .ok(let value): (value, .unknown(reason: "nothing failed"))
        case .rejected(let rejection): (nil, .rejected(rejection))
        case .postponed(let wait, let reason): (nil, .postponed(after: wait, reason: reason))
        case .unknown(let reason): (nil, .unknown(reason: reason))
        }
    }
}
