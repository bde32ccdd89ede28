import Protocol

// What requests change for others.
extension DeliveryState {
    mutating func took(
        _ effect: Outcome.Effect, of session: Session, _ moment: Moment
    ) -> [Directive] {
        switch effect {
        case .stored(let conversation, let event, let sender, let onlyFor):
            return self.stored(conversation, event, by: sender, onlyFor: onlyFor, moment)
        case .advanced(let advance):
            // Repeated after a lost connection, on which the next event is under way already.
            guard !advance.isRepetition else { return [] }
            if self.isCurrent(session) {
                self.consumers[session.service]?.acknowledged(
                    advance.conversation.id, upTo: advance.handled)
            }
            return self.advanced(advance, moment)
        case .released(let conversation, let delay):
            guard self.isCurrent(session) else { return [] }
            self.consumers[session.service]?.postponed(conversation.id)
            let wake = Directive.later(
                .due(session, conversation: conversation.id),
                milliseconds: delay)
            return [wake] + self.deliveries(to: session.service, moment)
        case .reported(let conversation, let change):
            return self.push(change, conversation)
        case .changed(let conversation, let state):
            let readers = self.readers[conversation.id] ?? []
            guard !readers.isEmpty else { return [] }
            return [
                .push(readers, ConversationStatePush(conversation: conversation.uid, state: state))
            ]
        case .erased(let begun): return self.erased(begun, moment)
        case .unsubscribed(let conversation):
            self.endSubscription(session.connection, conversation.id)
            return []
        }
    }

    /// A service has got further.
    mutating func advanced(_ advance: Advance, _ moment: Moment) -> [Directive] {
        let (service, conversation) = (advance.service, advance.conversation)
        if !advance.hasMore { self.unacknowledged[service]?.remove(conversation.id) }
        self.consumers[service]?.finished(conversation.id, hasMore: advance.hasMore)
        let pushes = advance.change.map { self.push($0, conversation) } ?? []
        return pushes + self.deliveries(to: service, moment)
    }

    private mutating func stored(
        _ conversation: ConversationRow, _ event: Event, by sender: ServiceRow,
        onlyFor: ServiceRow?, _ moment: Moment
    ) -> [Directive] {
        var directives: [Directive] = []
        // Two forms, each encoded once: with the key for the sender's own readers, without for
        // others.
        let readers = self.readers[conversation.id] ?? []
        let own = readers.filter { self.gateways[$0]?.session.service == sender }
        let others = readers.filter { self.gateways[$0]?.session.service != sender }
        if !own.isEmpty {
            let push = EventPush(conversation: conversation.uid, event: event)
            directives.append(.publish(own, conversation, push))
        }
        if !others.isEmpty {
            var event = event
            event.key = nil
            let push = EventPush(conversation: conversation.uid, event: event)
            directives.append(.publish(others, conversation, push))
        }
        for service in self.services(besides: sender, of: conversation.box)
        where onlyFor == nil || onlyFor == service {
            self.unacknowledged[service, default: []].insert(conversation.id)
            self.consumers[service]?.wants(conversation.id)
            directives += self.deliveries(to: service, moment)
        }
        return directives
    }

    /// The box's other services, in a fixed order.
    private func services(besides sender: ServiceRow, of box: Name) -> [ServiceRow] {
        (self.boxes[box] ?? []).filter { $0 != sender }
    }

    /// Tells the others how far a service has got: readers of the conversation, and consumers.
    private func push(
        _ change: ReceiptChange, _ conversation: ConversationRow
    ) -> [Directive] {
        var directives: [Directive] = []
        let readers = (self.readers[conversation.id] ?? []).filter {
            self.gateways[$0]?.session.service != change.service
        }
        if !readers.isEmpty {
            let push = ReceiptPush(conversation: conversation.uid, receipt: change.receipt)
            directives.append(.push(readers, push))
        }
        for service in self.services(besides: change.service, of: conversation.box) {
            guard let consumer = self.consumers[service]?.session else { continue }
            let push = ReceiptPush(
                conversation: conversation.uid, receipt: change.receipt,
                version: change.version, peer: change.peers[service.id])
            directives.append(.push([consumer.connection], push))
        }
        return directives
    }

    /// A signal goes to the other services' readers of the conversation, and their consumers.
    func signalled(
        _ session: Session, _ conversation: ConversationRow, _ signal: Signal,
        _ peers: [Int64: PeerID]
    ) -> [Directive] {
        var directives: [Directive] = []
        let readers = (self.readers[conversation.id] ?? []).filter {
            self.gateways[$0]?.session.service != session.service
        }
        if !readers.isEmpty {
            let push = SignalPush(signal: signal, service: session.service.name)
            directives.append(.push(readers, push))
        }
        for service in self.services(besides: session.service, of: conversation.box) {
            guard let consumer = self.consumers[service]?.session else { continue }
            let push = SignalPush(
                signal: signal, service: session.service.name, peer: peers[service.id])
            directives.append(.push([consumer.connection], push))
        }
        return directives
    }
}
