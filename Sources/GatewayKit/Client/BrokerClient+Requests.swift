public import Protocol
public import StrictJSON

// The protocol's requests by name; each waits as ``BrokerClient/request(_:)`` does.
extension BrokerClient {
    /// The same as ``request(_:)``, and repeats it while the broker refuses it with *retry*, after
    /// waits of the client's back-off.
    public func persist<Request: WireRequest>(
        _ request: Request
    ) async throws(GatewayError) -> Request.Answer {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5))
        var generator = SystemRandomNumberGenerator()
        while true {
            do {
                return try await self.request(request)
            } catch .refused(let refused) where refused.retry {
                do {
                    try await Task.sleep(for: backoff.wait(using: &generator))
                } catch {
                    throw GatewayError.cancelled
                }
            }
        }
    }

    /// Finds the conversation of a peer id, or makes it.
    public func open(
        _ peer: PeerID, create: Bool, properties: [String: String] = [:],
        credential: String? = nil
    ) async throws(GatewayError) -> Opened {
        try await self.request(
            Open(peer: peer, create: create, properties: properties, credential: credential))
    }

    /// Gives a conversation this service's own id.
    public func bind(
        _ conversation: ConversationID, to peer: PeerID, replacing replaced: PeerID? = nil
    ) async throws(GatewayError) {
        _ = try await self.request(
            Bind(conversation: conversation, peer: peer, replaces: replaced))
    }

    /// Hands in a message. Keep one unanswered send per conversation, so that a refusal can't be
    /// overtaken.
    public func send(_ send: Send) async throws(GatewayError) -> Sent {
        try await self.request(send)
    }

    /// A page of events, ascending.
    public func history(
        _ conversation: ConversationID, _ range: History.Range,
        limit: Int = Limits.pageEvents
    ) async throws(GatewayError) -> Page {
        try await self.request(History(conversation: conversation, range, limit: Int64(limit)))
    }

    /// Asks for every later event of a conversation (readers). It holds for one connection.
    public func subscribe(
        _ conversation: ConversationID, from position: Position? = nil
    ) async throws(GatewayError) -> Subscribed {
        try await self.request(Subscribe(conversation: conversation, from: position))
    }

    /// Wants no more events of a conversation.
    public func unsubscribe(_ conversation: ConversationID) async throws(GatewayError) {
        _ = try await self.request(Unsubscribe(conversation: conversation))
    }

    /// Says how far this service has got where that is no cursor.
    public func report(
        _ conversation: ConversationID, deliveredUpTo: Int64? = nil, seenUpTo: Int64? = nil
    ) async throws(GatewayError) {
        _ = try await self.request(
            Report(conversation: conversation, deliveredUpTo: deliveredUpTo, seenUpTo: seenUpTo))
    }

    /// Moves this service's mark of a conversation.
    public func mark(
        _ conversation: ConversationID, _ mark: Mark
    ) async throws(GatewayError) {
        _ = try await self.request(SetMark(conversation: conversation, mark: mark))
    }

    /// A page of this service's own bindings, in the byte order of peers.
    public func bindings(
        after peer: PeerID? = nil, limit: Int = Limits.pageEvents
    ) async throws(GatewayError) -> Bindings {
        try await self.request(ListBindings(after: peer, limit: Int64(limit)))
    }

    /// Keeps a value in this service's own small store; `null` removes it.
    public func put(_ key: Name, _ value: JSONValue) async throws(GatewayError) {
        _ = try await self.request(Put(key: key, value: value))
    }

    /// A value of the store; `null` if there is none.
    public func get(_ key: Name) async throws(GatewayError) -> JSONValue {
        try await self.request(Get(key: key)).value
    }
}
