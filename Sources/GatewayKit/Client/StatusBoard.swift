import Protocol
import Synchronization

/// How the client stands with its broker, for every thread to read.
final class StatusBoard: Sendable {
    private let shared: Mutex<BrokerStatus>

    /// A board of a client that has no connection yet.
    init(silence: Duration) {
        self.shared = Mutex(BrokerStatus(silence: silence))
    }

    /// The present status.
    var status: BrokerStatus { self.shared.withLock { $0 } }

    /// The broker welcomed us.
    func connected(_ welcome: Welcome) {
        self.shared.withLock {
            $0.welcome = welcome
            $0.storageTrouble = nil
            $0.isFenced = false
        }
    }

    /// The connection is lost.
    func disconnected(isFenced: Bool) {
        self.shared.withLock {
            $0.welcome = nil
            $0.storageTrouble = nil
            $0.isFenced = isFenced || $0.isFenced
        }
    }

    /// The broker can store something again, or no longer.
    func changed(_ storage: StorageState) {
        self.shared.withLock { $0.storageTrouble = storage.trouble }
    }

    /// The broker answered a question that was sent at that time.
    func answered(at instant: ContinuousClock.Instant?) {
        guard let instant else { return }
        self.shared.withLock { $0.answeredAt = max(instant, $0.answeredAt ?? instant) }
    }
}
