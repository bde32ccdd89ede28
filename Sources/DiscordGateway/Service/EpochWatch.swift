import ProcessShell
import Protocol
import Synchronization

/// Knows in which life of its database the broker is, and notices when another process of ours was
/// connected in between. When that life ends the connection ends by itself; see
/// `BrokerClientConfiguration.endsWithEpoch`.
final class EpochWatch: Sendable {
    private enum News {
        case first(Epoch)
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
    private let generation = Mutex<Int64?>(nil)
    private let wasFenced = Mutex(false)

    /// A watch that has heard nothing yet.
    init() {
        (self.news, self.continuation) = AsyncStream.makeStream()
    }

    /// The broker welcomed us as this consumer of our service.
    func welcomed(_ epoch: Epoch, generation: Int64) {
        let earlier = self.generation.withLock { known in
            defer { known = generation }
            return known
        }
        guard let earlier else {
            _ = self.continuation.yield(.first(epoch))
            return
        }
        if generation - 1 != earlier || self.wasFenced.withLock({ $0 }) {
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

    /// Fails when another process acted meanwhile: what we know of posts and marks lacks what that one
    /// did, and the surest way to forget it is to start anew.
    ///
    /// - Throws: `Fenced` when another process begins to act, `ProcessFailure` afterwards.
    func failWhenChanged() async throws {
        for await news in self.news {
            switch news {
            case .first: continue
            case .fenced: throw Fenced()
            case .overtaken:
                throw ProcessFailure(
                    .temporary,
                    "Another chatbox-discord was connected meanwhile; starting again.")
            }
        }
    }
}
