import Protocol

/// A callback throws it when the far side refuses a message for good because of the message itself:
/// it is set aside, its sender sees that, and the next one comes.
public struct Undeliverable: Error, Equatable, Sendable {
    /// The far side's code, 1–64 bytes.
    public var code: String
    /// Why, for the sender, 1–1,024 bytes; nothing secret.
    public var reason: String

    /// An error of that code and reason.
    public init(code: String, reason: String) {
        self.code = code
        self.reason = reason
    }
}

/// A callback throws it when the far side can't take a message now, and says when to try again.
public struct NotNow: Error, Equatable, Sendable {
    /// How long to wait, 0–600 s.
    public var wait: Duration
    /// Why, 1–1,024 bytes; nothing secret.
    public var reason: String

    /// An error of that wait and reason.
    public init(after wait: Duration, reason: String) {
        self.wait = wait
        self.reason = reason
    }
}

extension Refused {
    /// Whether a callback that runs again would be refused again. Of a binding that is taken that
    /// isn't known: the next run may think of another id.
    var isFinal: Bool { !self.retry && self.code != .bindingConflict }

    /// What becomes of a message whose callback was refused for good: coming again it would hold up
    /// the client's further messages for ever.
    func outcome(external: [ExternalID]) -> DeliveryOutcome {
        switch self.code {
        // What the callback's first run said stands.
        case .idempotencyConflict: .handled(external: external)
        default: .deadLetter(code: self.code.text, reason: self.message, external: external)
        }
    }
}
