import Protocol

// Who reads what.
extension DeliveryState {
    mutating func subscribed(
        _ session: Session, _ number: Int64, _ conversation: ConversationRow,
        _ answer: Subscribed, _ others: [ServiceRow]
    ) -> [Directive] {
        // It may have gone while its request waited.
        guard self.gateways[session.connection] != nil else { return [] }
        if self.subscriptions[session.connection, default: []].insert(conversation.id).inserted {
            self.readers[conversation.id, default: []].append(session.connection)
        }
        var answer = answer
        answer.services = others.map(self.state(of:))
        return [.answer(session.connection, number: number, answer)]
    }

    /// A reader gets no more of a conversation.
    mutating func endSubscription(_ connection: ConnectionID, _ conversation: Int64) {
        self.subscriptions[connection]?.remove(conversation)
        self.removeReader(connection, of: conversation)
    }

    mutating func removeReader(_ connection: ConnectionID, of conversation: Int64) {
        self.readers[conversation]?.removeAll { $0 == connection }
        if self.readers[conversation]?.isEmpty == true {
            self.readers[conversation] = nil
        }
    }

    /// Too much waits to be written to a reader: its subscription ends before an event.
    mutating func lagged(
        _ connection: ConnectionID, _ conversation: ConversationRow, before seq: Int64
    ) -> [Directive] {
        self.endSubscription(connection, conversation.id)
        return [.push([connection], Lagged(conversation: conversation.uid, from: seq - 1))]
    }

    /// How the broker and everybody connected to it are.
    func status(_ stored: StoredStatus, _ epoch: Epoch) -> Status {
        Status(
            agent: StoreTransaction.agent, epoch: epoch, startedAt: self.startedAt,
            schema: stored.schema, databaseBytes: stored.bytes,
            conversations: stored.conversations, events: stored.events,
            services: stored.services.map(self.status), erasures: stored.erasures,
            erasing: stored.erasing,
            storage: stored.trouble.map { Status.Storage(code: $0.code, since: $0.since) })
    }

    private func status(of stored: StoredStatus.Service) -> Status.Service {
        let connections = self.gateways.values
            .filter { $0.session.service == stored.service && $0.session.mode != .admin }
            .sorted { $0.session.connection.number < $1.session.connection.number }
            .prefix(Limits.listedConnections)
            .map {
                Status.Connection(
                    mode: $0.session.mode, instance: $0.instance, agent: $0.agent,
                    since: $0.since, generation: $0.session.generation)
            }
        return Status.Service(
            box: stored.box, service: stored.service.name,
            isUp: self.consumers[stored.service]?.isUp ?? false,
            since: self.turned[stored.service], backlog: stored.backlog,
            oldestUnacknowledgedAt: stored.oldestUnacknowledgedAt,
            deadLetters: stored.deadLetters, possibleDuplicates: stored.possibleDuplicates,
            connections: Array(connections))
    }
}
