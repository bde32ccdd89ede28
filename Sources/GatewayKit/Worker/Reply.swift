import Synchronization

/// A place where one answer is waited for and the first one given stands.
final class Reply<Answer: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Answer, Never>)
        case given(Answer)
    }

    private let state = Mutex(State.open)

    /// Gives the answer; a second one is ignored.
    func give(_ answer: Answer) {
        let waiter: CheckedContinuation<Answer, Never>? = self.state.withLock { state in
            switch state {
            case .given: return nil
            case .open:
                state = .given(answer)
                return nil
            case .awaited(let waiter):
                state = .given(answer)
                return waiter
            }
        }
        waiter?.resume(returning: answer)
    }

    /// The answer, if one was given.
    var given: Answer? {
        self.state.withLock { state in
            if case .given(let answer) = state { answer } else { nil }
        }
    }

    /// Waits for the answer; `cancelled` gives one when the task is cancelled. One task waits.
    func wait(cancelled: @escaping @Sendable () -> Answer) async -> Answer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let answer: Answer? = self.state.withLock { state in
                    if case .given(let answer) = state { return answer }
                    state = .awaited(waiter)
                    return nil
                }
                if let answer { waiter.resume(returning: answer) }
            }
        } onCancel: {
            self.give(cancelled())
        }
    }
}
