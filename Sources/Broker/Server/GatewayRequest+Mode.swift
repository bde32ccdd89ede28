import Protocol

extension GatewayRequest {
    /// Why a gateway of a mode may not ask this; `nil` if it may.
    func refusal(in mode: Mode) -> Refused? {
        switch self {
        case .requeue: nil
        case .getStatus, .backup, .listDeadLetters, .dropDeadLetter, .erase, .getErasure, .find:
            Self.refusal(mode, "Only an admin", unless: mode == .admin)
        case .subscribe, .unsubscribe:
            Self.refusal(mode, "Only a reader", unless: mode == .reader)
        case .acknowledge, .negativeAcknowledge, .deadLetter, .receipts:
            Self.refusal(mode, "Only a consumer", unless: mode == .consumer)
        default: Self.refusal(mode, "Only a consumer or reader", unless: mode != .admin)
        }
    }

    private static func refusal(
        _ mode: Mode, _ who: String, unless isAllowed: Bool
    ) -> Refused? {
        isAllowed
            ? nil
            : Refused(
                .notAllowed, "\(who) may ask for that, and this connection's mode is \(mode).")
    }
}
