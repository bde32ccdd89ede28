import ProcessShell
import Protocol
import Synchronization

/// Knows in which life of its database the broker is, and notices when that changes.
final class EpochWatch: Sendable {
    private let epochs: AsyncStream<Epoch>
    private let continuation: AsyncStream<Epoch>.Continuation
    private let known = Mutex<Epoch?>(nil)

    /// A watch that has heard nothing yet.
    init() {
        (self.epochs, self.continuation) = AsyncStream.makeStream()
    }

    /// The broker welcomed us.
    func welcomed(_ epoch: Epoch) {
        let isNews = self.known.withLock { known in
            defer { known = epoch }
            return known != epoch
        }
        if isNews { self.continuation.yield(epoch) }
    }

    /// The first epoch, once the broker answers.
    func first() async throws -> Epoch {
        for await epoch in self.epochs { return epoch }
        throw CancellationError()
    }

    /// Fails when another epoch follows: what we know of posts and marks is of another life then,
    /// and the surest way to forget it is to start anew.
    func failWhenChanged() async throws {
        for await _ in self.epochs {
            throw ProcessFailure(
                .temporary, "The broker's database was replaced; starting again with the new one.")
        }
    }
}
