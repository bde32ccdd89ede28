import Protocol

// Each input as a plain function of the transaction: it answers what became of it.
extension StoreTransaction {
    /// Does what an input asks.
    ///
    /// - Parameter newID: draws what the name of a new event is made of.
    /// - Throws: SQLite's errors only; what a request does wrong is an outcome.
    func apply(_ input: Input, boxes: Boxes, newID: () -> EventID) throws -> Outcome {
        switch input {
        case .hello(let connection, let hello):
            return try self.hello(hello, connection, boxes)
        case .request(let session, let number, let request):
            do {
                try self.checkGeneration(session)
                return try self.answer(request, session, number, boxes, newID)
            } catch let refused as Refused {
                return .answered(session, number: number, refused, [])
            }
        case .status(let session, let number, let stored):
            return .status(session, number: number, stored, self.epoch)
        case .credit(let session, let credit):
            return .happened(.credited(session, credit.conversations))
        case .signal(let session, let signal):
            return .happened(try self.take(signal, session))
        case .disconnected(let connection, let wasLost):
            return .happened(.disconnected(connection, wasLost: wasLost))
        case .lost(let lost):
            let (record, advance) = try self.record(lost)
            return .happened(.recorded(lost.service, record, advance))
        case .due(let session, let conversation):
            return .happened(.due(session, conversation: conversation))
        case .stood(let session):
            return .happened(.stood(session))
        case .room(let session):
            return .happened(.room(session))
        }
    }

    private func answer(
        _ request: GatewayRequest, _ session: Session, _ number: Int64, _ boxes: Boxes,
        _ newID: () -> EventID
    ) throws -> Outcome {
        switch request {
        case .erase(let erase):
            let (answer, begun) = try self.erase(erase, id: newID(), session, boxes)
            return .answered(session, number: number, answer, [.erased(begun)])
        case .subscribe(let subscribe): return try self.subscribe(subscribe, session, number)
        case .send, .edit, .delete, .close, .reopen, .requeue:
            let (answer, effects) = try self.addEvent(request, session, newID())
            return .answered(session, number: number, answer, effects)
        case .acknowledge, .negativeAcknowledge, .deadLetter, .report, .block, .unsubscribe:
            let (answer, effects) = try self.change(request, session)
            return .answered(session, number: number, answer, effects)
        default:
            return .answered(session, number: number, try self.answer(request, session), [])
        }
    }

    /// Requests that add an event to a conversation.
    private func addEvent(
        _ request: GatewayRequest, _ session: Session, _ id: EventID
    ) throws -> (any WireMessage, [Outcome.Effect]) {
        let (conversation, answer, event): (ConversationRow, any WireMessage, Event?)
        switch request {
        case .send(let send): (conversation, answer, event) = try self.send(send, id: id, session)
        case .edit(let edit): (conversation, answer, event) = try self.edit(edit, id: id, session)
        case .delete(let delete):
            (conversation, answer, event) = try self.delete(delete, id: id, session)
        case .close(let close):
            (conversation, answer, event) = try self.close(close, id: id, session)
        case .reopen(let reopen):
            (conversation, answer, event) = try self.reopen(reopen, id: id, session)
        case .requeue(let requeue): return try self.addRequeue(requeue, session, id)
        default: preconditionFailure("Only requests that add events come here.")
        }
        let effect = event.map {
            Outcome.Effect.stored(conversation, $0, by: session.service)
        }
        return (answer, effect.map { [$0] } ?? [])
    }

    private func addRequeue(
        _ requeue: Requeue, _ session: Session, _ id: EventID
    ) throws -> (any WireMessage, [Outcome.Effect]) {
        let done = try self.requeue(requeue, id: id, session)
        var effects: [Outcome.Effect] = []
        if let (event, sender, receiver) = done.event {
            effects.append(
                .stored(done.conversation, event, by: sender, onlyFor: receiver))
        }
        if let change = done.change { effects.append(.reported(done.conversation, change)) }
        return (done.answer, effects)
    }

    /// Requests that change something else that others see.
    private func change(
        _ request: GatewayRequest, _ session: Session
    ) throws -> (any WireMessage, [Outcome.Effect]) {
        switch request {
        case .acknowledge(let acknowledge):
            let advance = try self.acknowledge(
                acknowledge.conversation, acknowledge.seq, acknowledge.external,
                isPossibleDuplicate: acknowledge.isPossibleDuplicate, session)
            return (Acknowledged(handled: advance.handled), [.advanced(advance)])
        case .deadLetter(let letter):
            let advance = try self.deadLetter(letter, session)
            return (Acknowledged(handled: advance.handled), [.advanced(advance)])
        case .negativeAcknowledge(let release):
            let released = try self.release(release, session)
            if released.isLate { return (Released(), []) }
            let effect =
                released.erasure.map { Outcome.Effect.advanced($0) }
                ?? .released(
                    released.conversation, delayMilliseconds: release.delayMilliseconds)
            return (Released(), [effect])
        case .report(let report):
            let (conversation, change) = try self.report(report, session)
            return (Reported(), change.map { [.reported(conversation, $0)] } ?? [])
        case .block(let block):
            let (conversation, state) = try self.block(block, session)
            return (BlockSet(), state.map { [.changed(conversation, $0)] } ?? [])
        case .unsubscribe(let unsubscribe):
            let conversation = try self.found(unsubscribe.conversation, session).row
            return (Unsubscribed(), [.unsubscribed(conversation)])
        default: preconditionFailure("Only requests that others see come here.")
        }
    }

    /// Requests whose answer is all that comes of them.
    private func answer(
        _ request: GatewayRequest, _ session: Session
    ) throws -> any WireMessage {
        if let answer = try self.read(request, session) { return answer }
        switch request {
        case .open(let open): return try self.open(open, session).1
        case .bind(let bind):
            try self.bind(bind, session)
            return Bound()
        case .setProperties(let request):
            let conversation = try self.conversation(request.conversation, session)
            return PropertiesAnswer(
                properties: try self.merge(request.properties, conversation))
        case .addCredential(let request):
            try self.addCredential(request, session)
            return CredentialAdded()
        case .revokeCredential(let request):
            try self.revokeCredential(request, session)
            return CredentialRevoked()
        case .mark(let mark):
            let conversation = try self.conversation(mark.conversation, session)
            try self.raiseMark(mark.mark, conversation, session.service)
            return Marked()
        case .put(let put):
            try self.store(put.value, of: session.service, put.key)
            return Stored()
        case .get(let get):
            return Value(value: try self.storedValue(of: session.service, get.key))
        case .putPicture(let picture):
            try self.keep(picture, session)
            return Stored()
        case .dropDeadLetter(let drop):
            try self.drop(drop, session)
            return Dropped()
        default:
            throw Refused(.unknownType, "This broker doesn't know that request.")
        }
    }

    /// The answer to a request that only reads; `nil` for others.
    func read(_ request: GatewayRequest, _ session: Session) throws -> (any WireMessage)? {
        switch request {
        case .history(let history): try self.page(history, session)
        case .bindings(let bindings): try self.bindings(bindings, session)
        case .receipts(let receipts): try self.receipts(receipts, session)
        case .known(let known): try self.known(known, session)
        case .getPicture(let picture): try self.picture(picture, session)
        case .listDeadLetters(let list): try self.deadLetters(list)
        case .find(let find): try self.find(find)
        case .getErasure(let get): try self.erasure(of: get.conversation)
        default: nil
        }
    }

    private func subscribe(
        _ subscribe: Subscribe, _ session: Session, _ number: Int64
    ) throws -> Outcome {
        let conversation = try self.conversation(subscribe.conversation, session)
        let head = try self.head(of: conversation)
        if let regression = try self.regression(subscribe.from, conversation, head) {
            return .regressed(regression)
        }
        let others = try self.otherServices(than: session)
        let answer = Subscribed(
            head: head, recovered: try self.recovers(subscribe.from, conversation, head),
            receipts: try others.map { try self.receipt(conversation.id, $0) },
            own: try self.receipt(conversation.id, session.service),
            state: try self.state(of: conversation), services: [])
        return .subscribed(session, number: number, conversation, answer, others: others)
    }

    /// A signal goes on to the others, unless they have shut the conversation against its service.
    private func take(_ signal: Signal, _ session: Session) throws -> Outcome.Event {
        do {
            try self.checkGeneration(session)
            let conversation = try self.conversation(signal.conversation, session)
            try self.checkNotBlocked(session.service, conversation)
            if signal.kind == .access { try self.noteAccess(conversation) }
            return .signalled(
                session, conversation, signal, peers: try self.peers(of: conversation))
        } catch is Refused {
            return .nothing
        }
    }
}
