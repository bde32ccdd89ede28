public import Protocol
import Synchronization

/// A client whose conversation was erased for good.
public struct ErasedClient<ID: PeerIdentifier>: Equatable, Sendable {
    /// What this service called the client; `nil` if it never gave the client an id.
    public let id: ID?
    /// The conversation's uid in the box.
    public let conversation: ConversationID
    /// This service's ids of what was said, as ``Message/record(_:)`` kept them: the newest 128, in
    /// the order in which they were made.
    public let external: [ExternalID]
}

extension ServiceWorker {
    /// Registers what is called when a conversation was erased: it removes everything of the client
    /// from the far side, and from whatever this service keeps itself. It comes after everything
    /// else of that client, and is called again until it returns without an error: the erasure isn't
    /// over before. Without it this service has nothing to remove.
    public func onErased(
        _ callback: @escaping @Sendable (ErasedClient<ID>) async throws -> Void
    ) {
        self.callbacks.withLock { $0.erased = .suspending(callback) }
    }

    /// The same for a callback that blocks; it runs on a thread of its own.
    public func onErased(_ callback: @escaping @Sendable (ErasedClient<ID>) throws -> Void) {
        self.callbacks.withLock { $0.erased = .blocking(callback) }
    }

    /// Lets the service remove its side. The client's own queue ends.
    func erase(_ delivery: Delivery, _ callbacks: WorkerCallbacks<ID>) async throws {
        self.routes.withLock { $0.remove(delivery.conversation) }?.finish()
        let client = ErasedClient<ID>(
            id: delivery.peer.flatMap { ID(peer: $0) }, conversation: delivery.conversation,
            external: delivery.targetExternal)
        try await callbacks.erased?.call(client, on: self.threads)
    }
}
