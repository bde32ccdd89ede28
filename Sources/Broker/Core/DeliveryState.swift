import Protocol

/// Who is connected, who reads what, and what goes to whom: everything that needn't survive the
/// process.
///
/// Pure. It is fed what is on disk already, in the order of commits, and answers what to do; it
/// changes from committed results only.
struct DeliveryState {
    private var sessions: [ConnectionID: Session] = [:]
    /// The newest consumer of each service.
    private var consumers: [ServiceRow: ConsumerState] = [:]
    /// The readers of each conversation, in the order in which they subscribed.
    private var readers: [Int64: [ConnectionID]] = [:]
    /// The conversations of each reader.
    private var subscriptions: [ConnectionID: Set<Int64>] = [:]

    /// How many connections stand.
    var connectionCount: Int { self.sessions.count }

    /// Takes what became of an input.
    mutating func committed(_ outcome: Outcome) -> [Directive] {
        switch outcome {
        case .welcomed(let session, let welcome, let backlog):
            return self.welcomed(session, welcome, backlog)
        case .turnedAway(let connection, let goodbye):
            return [.goodbye(connection, goodbye)]
        case .answered(let session, let number, let answer, let effect):
            let answer = Directive.answer(session.connection, number: number, answer)
            return [answer] + (effect.map { self.took(effect: $0, of: session) } ?? [])
        case .subscribed(let session, let number, let conversation, let answer, let others):
            return self.subscribed(session, number, conversation, answer, others)
        case .happened(let event):
            return self.happened(event)
        }
    }

    /// The shell found nothing to deliver where there seemed to be something.
    mutating func foundNothing(_ session: Session, conversation: Int64) -> [Directive] {
        guard self.isCurrent(session) else { return [] }
        self.consumers[session.service]?.finished(conversation, hasMore: false)
        return self.deliveries(to: session.service)
    }

    // MARK: Connections

    private mutating func welcomed(
        _ session: Session, _ welcome: Welcome, _ backlog: [Int64]
    ) -> [Directive] {
        var directives: [Directive] = []
        if session.mode == .consumer {
            if let older = self.consumers[session.service] {
                directives += self.end(older.session.connection)
                directives.append(.goodbye(older.session.connection, Self.fenced(by: session)))
            }
            self.consumers[session.service] = ConsumerState(session: session, backlog: backlog)
        }
        self.sessions[session.connection] = session
        directives.append(.welcome(session, welcome))
        return directives
    }

    private static func fenced(by session: Session) -> Goodbye {
        Goodbye(
            .fenced,
            "A newer consumer of service \"\(session.service.name)\", generation "
                + "\(session.generation), has taken over.", reconnect: true)
    }

    /// Forgets a connection.
    private mutating func end(_ connection: ConnectionID) -> [Directive] {
        guard let session = self.sessions.removeValue(forKey: connection) else { return [] }
        for conversation in self.subscriptions.removeValue(forKey: connection) ?? [] {
            self.removeReader(connection, of: conversation)
        }
        guard self.isCurrent(session) else { return [] }
        let wasUp = self.consumers.removeValue(forKey: session.service)?.isUp ?? false
        return wasUp ? self.state(of: session, isUp: false) : []
    }

    private func isCurrent(_ session: Session) -> Bool {
        self.consumers[session.service]?.session == session
    }

    /// Tells the readers of the box whether a service can be reached.
    private func state(of session: Session, isUp: Bool) -> [Directive] {
        let readers = self.sessions.values.filter {
            $0.mode == .reader && $0.box == session.box && $0.service != session.service
        }
        guard !readers.isEmpty else { return [] }
        let state = ServiceState(service: session.service.name, isUp: isUp)
        return [.push(readers.map(\.connection), state)]
    }

    // MARK: Subscriptions

    private mutating func subscribed(
        _ session: Session, _ number: Int64, _ conversation: ConversationRow,
        _ answer: Subscribed, _ others: [ServiceRow]
    ) -> [Directive] {
        // It may have gone while its request waited.
        guard self.sessions[session.connection] != nil else { return [] }
        if self.subscriptions[session.connection, default: []].insert(conversation.id).inserted {
            self.readers[conversation.id, default: []].append(session.connection)
        }
        var answer = answer
        answer.services = others.map {
            ServiceState(service: $0.name, isUp: self.consumers[$0]?.isUp ?? false)
        }
        return [.answer(session.connection, number: number, answer)]
    }

    private mutating func removeReader(_ connection: ConnectionID, of conversation: Int64) {
        self.readers[conversation]?.removeAll { $0 == connection }
        if self.readers[conversation]?.isEmpty == true {
            self.readers[conversation] = nil
        }
    }

    // MARK: Effects

    private mutating func took(effect: Outcome.Effect, of session: Session) -> [Directive] {
        switch effect {
        case .stored(let conversation, let event):
            return self.stored(conversation, event, by: session)
        case .advanced(let conversation, let receipt, let hasMore):
            if self.isCurrent(session) {
                self.consumers[session.service]?.finished(conversation.id, hasMore: hasMore)
            }
            return self.push(receipt, conversation, session)
                + self.deliveries(to: session.service)
        case .released(let conversation, let delay):
            guard self.isCurrent(session) else { return [] }
            self.consumers[session.service]?.postponed(conversation.id)
            let wake = Directive.wake(
                service: session.service, conversation: conversation.id,
                afterMilliseconds: delay)
            return [wake] + self.deliveries(to: session.service)
        case .reported(let conversation, let receipt):
            return self.push(receipt, conversation, session)
        case .unsubscribed(let conversation):
            self.subscriptions[session.connection]?.remove(conversation.id)
            self.removeReader(session.connection, of: conversation.id)
            return []
        }
    }

    private mutating func stored(
        _ conversation: ConversationRow, _ event: Event, by session: Session
    ) -> [Directive] {
        let sender = session.service
        var directives: [Directive] = []
        // Two forms, each encoded once: with the key for the sender's own readers, without for
        // others.
        let readers = self.readers[conversation.id] ?? []
        let own = readers.filter { self.sessions[$0]?.service == sender }
        let others = readers.filter { self.sessions[$0]?.service != sender }
        if !own.isEmpty {
            directives.append(.push(own, EventPush(conversation: conversation.uid, event: event)))
        }
        if !others.isEmpty {
            var event = event
            event.key = nil
            directives.append(
                .push(others, EventPush(conversation: conversation.uid, event: event)))
        }
        for (service, consumer) in self.consumers
        where service != sender && consumer.session.box == session.box {
            self.consumers[service]?.wants(conversation.id)
            directives += self.deliveries(to: service)
        }
        return directives
    }

    private func push(
        _ receipt: Receipt, _ conversation: ConversationRow, _ session: Session
    ) -> [Directive] {
        let readers = (self.readers[conversation.id] ?? []).filter {
            self.sessions[$0]?.service != session.service
        }
        guard !readers.isEmpty else { return [] }
        return [.push(readers, ReceiptPush(conversation: conversation.uid, receipt: receipt))]
    }

    // MARK: Deliveries

    private mutating func happened(_ event: Outcome.Event) -> [Directive] {
        switch event {
        case .credited(let session, let credit):
            guard self.isCurrent(session) else { return [] }
            let wasUp = self.consumers[session.service]?.isUp ?? false
            self.consumers[session.service]?.credited(credit)
            let isUp = credit > 0
            let states = wasUp == isUp ? [] : self.state(of: session, isUp: isUp)
            return states + self.deliveries(to: session.service)
        case .disconnected(let connection):
            return self.end(connection)
        case .due(let service, let conversation):
            self.consumers[service]?.due(conversation)
            return self.deliveries(to: service)
        }
    }

    private mutating func deliveries(to service: ServiceRow) -> [Directive] {
        guard let session = self.consumers[service]?.session else { return [] }
        let next = self.consumers[service]?.next() ?? []
        return next.map { .deliver(session, conversation: $0) }
    }
}
