import Synchronization

/// The counts of this process, for every thread.
final class Metrics: Sendable {
    private let table = Mutex(MetricsTable())

    /// Counts something.
    func count(_ body: (inout MetricsTable) -> Void) {
        self.table.withLock { body(&$0) }
    }

    /// What was counted.
    var now: MetricsTable { self.table.withLock { $0 } }
}
