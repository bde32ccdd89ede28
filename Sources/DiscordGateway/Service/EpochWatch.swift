import ProcessShell
import Protocol
import Synchronization

/// Knows in which life of its database the broker is, and notices when that changes, or when another
/// process of ours was connected in between.
final class EpochWatch: Sendable {
    private enum News {
        case first(Epoch)
        /// The database was replaced. A client that ends with its epoch says so first.
        case replaced
        /// Another process was the broker's consumer meanwhile.
        case overtaken
        /// Another process is the broker's consumer now.
        case fenced
    }

    /// Another process of ours has taken over. It has our session on Discord's Gateway too, which
    /// belongs to whoever came last: as long as both go on with it, each ends the other's connection.
    struct Fenced: Error {}

    private let news: AsyncStream<News>
    private let continuation: AsyncStream<News>.Continuation
    private let known = Mutex<(epoch: Epoch, generation: Int64)?>(nil)
    private let wasFenced = Mutex(false)

    /// A watch that has heard nothing yet.
    init() {
        (self.news, self.continuation) = AsyncStream.makeStream()
    }

    /// The broker welcomed us as this consumer of our service.
    func welcomed(_ epoch: Epoch, generation: Int64) {
        let earlier = self.known.withLock { known in
            defer { known = (epoch, generation) }
            return known
        }
        guard let earlier else { return _ = self.continuation.yield(.first(epoch)) }
        if earlier.epoch != epoch {
            self.continuation.yield(.replaced)
        } else if earlier.generation + 1 != generation || self.wasFenced.withLock({ $0 }) {
            // A welcome that was lost looks the same: it is rare, and costs no more than a start.
            self.continuation.yield(.overtaken)
        }
    }

    /// The broker has another process of ours for its consumer since now.
    func fenced() {
        // Generations don't tell: a database that was put back counts some of them again.
        self.wasFenced.withLock { $0 = true }
        self.continuation.yield(.fenced)
    }

    /// The first epoch, once the broker answers.
    func first() async throws -> Epoch {
        for await case .first(let epoch) in self.news { return epoch }
        throw CancellationError()
    }

    /// Fails when another epoch follows, or another process acted meanwhile: what we know of posts
    /// and marks is of another life then, or lacks what the other process did, and the surest way to
    /// forget it is to start anew.
    ///
    /// - Throws: `Fenced` when another process begins to act, `ProcessFailure` afterwards.
    func failWhenChanged() async throws {
        for await news in self.news {
            switch news {
            case .first: continue
            case .fenced: throw Fenced()
            case .replaced:
                throw ProcessFailure(
                    .temporary,
                    "The broker's database was replaced; starting again with the new one.")
            case .overtaken:
                throw ProcessFailure(
                    .temporary,
                    "Another chatbox-discord was connected meanwhile; starting again.")
            }
        }
    }
}
