import Foundation
import Synchronization

/// Shows what ThreadSanitizer makes of a `Mutex` for which threads wait: Tests/sanitize.sh runs it.
///
/// With the argument "held" threads count under the mutex only; with "bare" they count beside it, too,
/// which is a race that must be found.
@main enum Contention {
    private final class Counter: @unchecked Sendable {
        let held = Mutex(0)
        var bare = 0
    }

    private static let threads = 4
    /// Enough that some of them wait for each other.
    private static let rounds = 100_000

    static func main() {
        let isBare = CommandLine.arguments.contains("bare")
        let counter = Counter()
        let done = DispatchSemaphore(value: 0)
        for _ in 0..<self.threads {
            Thread.detachNewThread {
                for _ in 0..<self.rounds {
                    counter.held.withLock { $0 += 1 }
                    if isBare { counter.bare += 1 }
                }
                done.signal()
            }
        }
        for _ in 0..<self.threads { done.wait() }
        guard counter.held.withLock({ $0 }) == self.threads * self.rounds else {
            fatalError("Mutex let two in at a time.")
        }
    }
}
