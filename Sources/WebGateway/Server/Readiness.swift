import GatewayKit
import Protocol

/// Whether what visitors write can be stored just now: what `/readyz` answers.
enum Readiness: Equatable, Sendable {
    case ready
    /// The broker can't be reached, or doesn't answer: one that hangs is as good as none.
    case brokerAway
    /// The broker answers, and refuses what is to be stored with this code.
    case storesNothing(ErrorCode)

    /// What the client's stand with its broker comes to.
    init(_ status: BrokerStatus, at now: ContinuousClock.Instant = .now) {
        if status.welcome == nil || !status.isFresh(at: now) {
            self = .brokerAway
        } else if let trouble = status.storageTrouble {
            self = .storesNothing(trouble.code)
        } else {
            self = .ready
        }
    }

    /// The same for whoever looks after it.
    func sentence(socket: String) -> String {
        switch self {
        case .ready: "ready"
        case .brokerAway: "The broker can't be reached at \(socket)."
        case .storesNothing(.storageFull):
            "The broker's disk is full, so nothing is stored (storage_full): free space there, and "
                + "it goes on."
        case .storesNothing(let code):
            "The broker can't write its database, so nothing is stored (\(code)): look after its "
                + "disk."
        }
    }
}
