#if os(Linux)
    /// An answer that comes once.
    final class Answered<Outcome: Sendable>: @unchecked Sendable {
        private var waiting: CheckedContinuation<Outcome, Never>?
        private var early: Outcome?

        /// Somebody waits for it.
        func waits(for continuation: CheckedContinuation<Outcome, Never>) {
            if let early = self.early { return continuation.resume(returning: early) }
            self.waiting = continuation
        }

        /// It comes; what comes later doesn't count.
        func `is`(_ outcome: Outcome) {
            guard let waiting = self.waiting else { return self.early = outcome }
            self.waiting = nil
            waiting.resume(returning: outcome)
        }
    }
#endif
