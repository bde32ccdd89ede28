import BrokerStore
import Logging
import NIOCore
import Protocol

/// What erasures need beyond their transaction: their uids beside the database before anybody is
/// told, and soon after that a file without what was erased.
///
/// All of it runs on the core's thread.
final class ErasureKeeper: Sendable {
    private struct State {
        var isScheduled = false
        /// Whether the file was written anew since the last erasure, so that only the log is left.
        var isRewritten = false
    }

    /// How long after an erasure the file is written anew: several in a row share that.
    private static let wait = TimeAmount.seconds(1)
    /// How long to wait after that failed, as on a full disk.
    private static let failureWait = TimeAmount.minutes(10)
    /// The largest file in bytes that is written anew beside the traffic, which waits for it: some
    /// seconds. A larger one is, when the broker starts.
    private static let bytesMax: Int64 = 1_073_741_824

    private let store: Store
    private let loop: any EventLoop
    private let logger: Logger
    private let state: NIOLoopBoundBox<State>

    init(store: Store, loop: any EventLoop, logger: Logger) {
        self.store = store
        self.loop = loop
        self.logger = logger
        self.state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: loop)
    }

    /// Keeps what an outcome erased; the outcome, with an answer that is true now.
    func kept(_ outcome: Outcome) -> Outcome {
        guard case .answered(let session, let number, let answer, let effects) = outcome,
            let entries = effects.lazy.compactMap(\.erasedEntries).first
        else { return outcome }
        self.state.value.isRewritten = false
        self.overwrite(in: Self.wait)
        do {
            try self.store.keep(erased: entries)
        } catch {
            self.logger.error("erasure not kept", metadata: ["error": "\(error)"])
            // A service's acknowledgement stands; the next start keeps it.
            guard answer is Erasure else { return outcome }
            let refused = Refused(
                .storageFailed, retry: true,
                "The conversation is erased, but that can't be kept beside the database, so that a "
                    + "restored copy would bring it back: \(error). Mend that and erase it again.")
            return .answered(session, number: number, refused, effects)
        }
        guard var erasure = answer as? Erasure else { return outcome }
        erasure.copies = self.store.copies(before: erasure.at)
        return .answered(session, number: number, erasure, effects)
    }

    private func overwrite(in wait: TimeAmount) {
        guard !self.state.value.isScheduled else { return }
        self.state.value.isScheduled = true
        self.loop.scheduleTask(in: wait) { self.overwrite() }
    }

    private func overwrite() {
        self.state.value.isScheduled = false
        do {
            guard try self.store.isOverwritingNeeded() else { return }
            if !self.state.value.isRewritten {
                guard try self.store.bytes() <= Self.bytesMax else {
                    return self.logger.warning(
                        "erased text is overwritten at the next start, the database is too large")
                }
                try self.store.rewrite()
                self.state.value.isRewritten = true
            }
            if try !self.store.emptyLog() { self.overwrite(in: Self.wait) }
        } catch {
            self.logger.error("erased text not overwritten", metadata: ["error": "\(error)"])
            self.overwrite(in: Self.failureWait)
        }
    }
}

extension Outcome.Effect {
    /// What is to be kept beside the database.
    var erasedEntries: [ErasedFile.Entry]? {
        switch self {
        case .erased(let begun): begun.entries
        case .advanced(let advance): advance.erased.map { [$0] }
        default: nil
        }
    }
}
