import Protocol

/// Which queue a client's messages go to, if any: its own, or else that for all.
struct MessageRoutes<ID: PeerIdentifier>: Sendable {
    private var own: [ConversationID: MessageQueue<ID>] = [:]
    private var all: MessageQueue<ID>?
    private var isEnded = false

    /// The queue for a message of that client.
    func queue(of client: Client<ID>) -> MessageQueue<ID>? {
        self.own[client.conversation] ?? self.all
    }

    /// The client's own queue, a new one if it has none.
    mutating func open(_ client: Client<ID>) -> MessageQueue<ID> {
        if let queue = self.own[client.conversation] { return queue }
        let queue = self.made()
        self.own[client.conversation] = queue
        return queue
    }

    /// The queue for all, a new one if there is none.
    mutating func openForAll() -> MessageQueue<ID> {
        if let queue = self.all { return queue }
        let queue = self.made()
        self.all = queue
        return queue
    }

    /// The client's own queue is no more.
    mutating func remove(_ client: Client<ID>) -> MessageQueue<ID>? {
        self.remove(client.conversation)
    }

    /// The same for whoever has that conversation.
    mutating func remove(_ conversation: ConversationID) -> MessageQueue<ID>? {
        self.own.removeValue(forKey: conversation)
    }

    /// There are no queues any more, and those made later have ended; answers those that there
    /// were.
    mutating func end() -> [MessageQueue<ID>] {
        self.isEnded = true
        defer {
            self.own = [:]
            self.all = nil
        }
        return Array(self.own.values) + [self.all].compactMap { $0 }
    }

    private func made() -> MessageQueue<ID> {
        let queue = MessageQueue<ID>()
        if self.isEnded { queue.finish() }
        return queue
    }
}
