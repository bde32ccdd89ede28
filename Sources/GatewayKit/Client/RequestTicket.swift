import Synchronization

/// Names one waiting request, so that its task's cancellation finds it.
///
/// The flag is set before the event loop is told: a cancellation that overtakes its own request is
/// seen when the request arrives.
final class RequestTicket: Sendable {
    private let cancelled = Atomic(false)

    /// Whether the task that waits was cancelled.
    var isCancelled: Bool { self.cancelled.load(ordering: .acquiring) }

    /// The task that waits was cancelled.
    func cancel() { self.cancelled.store(true, ordering: .releasing) }
}
