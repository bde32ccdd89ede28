import Synchronization

/// What waits for the core, in order. Filled from any thread, emptied by one.
///
/// Bounded by its sources: at most 128 unanswered requests a connection, and a timer for each
/// conversation that waits. Signals, which nobody answers, find no place while very much waits.
final class Inbox: Sendable {
    private struct Contents {
        var inputs: [Input] = []
        var isDrainScheduled = false
        var isClosed = false
    }
    private let contents = Mutex(Contents())

    /// Inputs beyond which signals are dropped: they needn't be kept, and a disk that takes a minute
    /// to answer mustn't fill the memory with who types.
    static let signalsMax = 8_192

    /// Adds an input; whether a drain must be scheduled for it.
    func append(_ input: Input) -> Bool {
        self.contents.withLock { contents in
            guard !contents.isClosed else { return false }
            if case .signal = input, contents.inputs.count >= Self.signalsMax { return false }
            contents.inputs.append(input)
            defer { contents.isDrainScheduled = true }
            return !contents.isDrainScheduled
        }
    }

    /// Takes the oldest inputs, at most so many; whether more are left, for which another drain
    /// must be scheduled.
    func take(atMost count: Int) -> (inputs: [Input], hasMore: Bool) {
        self.contents.withLock { contents in
            let taken: [Input]
            if contents.inputs.count <= count {
                taken = contents.inputs
                contents.inputs = []
            } else {
                taken = Array(contents.inputs.prefix(count))
                contents.inputs.removeFirst(count)
            }
            contents.isDrainScheduled = !contents.inputs.isEmpty
            return (taken, contents.isDrainScheduled)
        }
    }

    /// Takes nothing more.
    func close() {
        self.contents.withLock { $0.isClosed = true }
    }
}
