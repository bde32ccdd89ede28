import NIOPosix

/// What a gateway's author registered: it waits as Swift's tasks do, or it blocks its thread.
enum Callback<Input: Sendable, Output: Sendable>: Sendable {
    /// Runs on Swift's own threads, of which there is one for each core: it must not block.
    case suspending(@Sendable (Input) async throws -> Output)
    /// Runs on a thread of the pool, and may block it.
    case blocking(@Sendable (Input) throws -> Output)

    /// Whether it needs the pool.
    var isBlocking: Bool {
        if case .blocking = self { true } else { false }
    }

    /// Calls it.
    func call(_ input: Input, on threads: NIOThreadPool) async throws -> Output {
        switch self {
        case .suspending(let body): try await body(input)
        case .blocking(let body): try await threads.runIfActive { try body(input) }
        }
    }
}

/// What a gateway's author registered with a worker.
struct WorkerCallbacks<ID: PeerIdentifier>: Sendable {
    var created: Callback<NewClient, ID>?
    var accessed: Callback<Client<ID>, Void>?
    var received: Callback<Message<ID>, Void>?
    var changed: Callback<Message<ID>, Void>?
    var erased: Callback<ErasedClient<ID>, Void>?
    var onEvent: (@Sendable (BrokerEvent) -> Void)?

    /// Whether any of them needs the pool of threads.
    var areBlocking: Bool {
        (self.created?.isBlocking ?? false) || (self.accessed?.isBlocking ?? false)
            || (self.received?.isBlocking ?? false) || (self.changed?.isBlocking ?? false)
            || (self.erased?.isBlocking ?? false)
    }
}
