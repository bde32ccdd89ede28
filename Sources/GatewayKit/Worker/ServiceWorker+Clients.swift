import Protocol
import Synchronization

extension ServiceWorker {
    /// A client came to this service: finds it by its id, or makes it, and tells the other
    /// services.
    ///
    /// - Parameters:
    ///   - id: what this service calls the client.
    ///   - createIfAbsent: whether a client that the box doesn't know is made.
    ///   - properties: what to note about the client; the last writer wins.
    /// - Returns: `nil` if there is none, and none was made.
    /// - Throws: ``GatewayError``; ``GatewayError/peerInvalid(_:)`` if the id can't be one.
    public func access(
        _ id: ID, createIfAbsent: Bool = true, properties: [String: String] = [:]
    ) async throws(GatewayError) -> Client<ID>? {
        guard let peer = id.peer else { throw .peerInvalid("\(id)") }
        let open = Open(peer: peer, create: createIfAbsent, properties: properties)
        do {
            let opened = try await self.broker.persist(open)
            let client = self.client(id, opened.conversation)
            client.signal(.access)
            client.signal(.presence(isOn: true))
            return client
        } catch .refused(let refused) where refused.code == .notFound && !createIfAbsent {
            return nil
        }
    }

    /// The client left this service: its queue ends, and the other services are told. What is said
    /// to it further is handled as without the queue. If nobody else takes it, it waits in the
    /// broker, and comes up to a minute after somebody does.
    public func deactivate(_ client: Client<ID>) {
        self.routes.withLock { $0.remove(client) }?.finish()
        client.signal(.presence(isOn: false))
    }

    /// What says something to one client, to be handed on; it returns when the text is on disk.
    public func sender(
        for client: Client<ID>
    ) -> @Sendable (String) async throws(GatewayError) -> Void {
        { text throws(GatewayError) in _ = try await client.send(text) }
    }

    /// A queue of one client's messages, which go there from now on until
    /// ``deactivate(_:)``; the same one for the same client.
    public func queue(for client: Client<ID>) -> MessageQueue<ID> {
        self.opened { $0.open(client) }
    }

    /// A queue of the messages of all clients that have no queue of their own; always the same one.
    public func receiveQueue() -> MessageQueue<ID> {
        self.opened { $0.openForAll() }
    }

    /// A new queue for messages that this service says.
    public func sendQueue() -> SendQueue<ID> { SendQueue() }

    private func opened(
        _ open: (inout MessageRoutes<ID>) -> MessageQueue<ID>
    ) -> MessageQueue<ID> {
        let queue = self.routes.withLock { open(&$0) }
        self.takeMessages()
        return queue
    }
}
