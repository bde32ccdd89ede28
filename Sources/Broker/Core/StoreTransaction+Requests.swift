import ProcessShell
import Protocol

// Each input as a plain function of the transaction: it answers what became of it.
extension StoreTransaction {
    /// Does what an input asks.
    ///
    /// - Parameter newID: draws the name of a new event.
    /// - Throws: SQLite's errors only; what a request does wrong is an outcome.
    func apply(_ input: Input, boxes: Boxes, newID: () -> EventID) throws -> Outcome {
        switch input {
        case .hello(let connection, let hello):
            return try self.hello(hello, connection, boxes)
        case .request(let session, let number, let request):
            do {
                try self.checkGeneration(session)
                return try self.answer(request, session, number, newID)
            } catch let refused as Refused {
                return .answered(session, number: number, refused, nil)
            }
        case .credit(let session, let credit):
            return .happened(.credited(session, credit.conversations))
        case .disconnected(let connection):
            return .happened(.disconnected(connection))
        case .due(let service, let conversation):
            return .happened(.due(service: service, conversation: conversation))
        }
    }

    private func hello(
        _ hello: Hello, _ connection: ConnectionID, _ boxes: Boxes
    ) throws -> Outcome {
        guard hello.versions.contains(ProtocolVersion.current) else {
            return .turnedAway(
                connection,
                Goodbye(
                    .versionUnsupported,
                    "This broker speaks version \(ProtocolVersion.current) of the protocol."))
        }
        let isConfigured = boxes.boxes.contains {
            $0.name == hello.box && $0.services.contains(hello.service)
        }
        guard isConfigured, let service = try self.service(box: hello.box, name: hello.service)
        else {
            return .turnedAway(
                connection,
                Goodbye(
                    .unknownService,
                    "Box \"\(hello.box)\" has no service \"\(hello.service)\": add it to "
                        + "CHATBOX_BOXES of the broker and restart that."))
        }
        let isConsumer = hello.mode == .consumer
        let generation = isConsumer ? try self.nextGeneration(of: service) : 0
        let session = Session(
            connection: connection, box: hello.box, service: service, mode: hello.mode,
            generation: generation)
        let welcome = Welcome(
            version: ProtocolVersion.current, epoch: self.epoch, generation: generation,
            agent: "chatbox-broker/\(ProcessRunner.version)")
        return .welcomed(
            session, welcome, backlog: isConsumer ? try self.backlog(of: service) : [])
    }

    /// Nothing that a fenced consumer still sends has an effect.
    private func checkGeneration(_ session: Session) throws {
        guard session.mode == .consumer else { return }
        guard try self.generation(of: session.service) == session.generation else {
            throw Refused(.fenced, "A newer consumer of this service has taken over.")
        }
    }

    private func answer(
        _ request: GatewayRequest, _ session: Session, _ number: Int64, _ newID: () -> EventID
    ) throws -> Outcome {
        func answered(_ answer: any WireMessage, _ effect: Outcome.Effect? = nil) -> Outcome {
            .answered(session, number: number, answer, effect)
        }
        switch request {
        case .open(let open):
            return answered(try self.open(open, session).1)
        case .bind(let bind):
            try self.bind(bind, session)
            return answered(Bound())
        case .send(let send):
            let (conversation, sent, event) = try self.send(send, id: newID(), session)
            return answered(sent, event.map { .stored(conversation, $0) })
        case .mark(let mark):
            let conversation = try self.conversation(mark.conversation, session)
            try self.raiseMark(mark.mark, conversation, session.service)
            return answered(Marked())
        case .report(let report):
            let (conversation, changed) = try self.report(report, session)
            let receipt = try self.receipt(conversation.id, session.service)
            return answered(Reported(), changed ? .reported(conversation, receipt) : nil)
        case .put(let put):
            try self.store(put.value, of: session.service, put.key)
            return answered(Stored())
        case .get(let get):
            return answered(Value(value: try self.storedValue(of: session.service, get.key)))
        case .history(let history):
            return answered(try self.page(history, session))
        case .bindings(let bindings):
            return answered(try self.bindings(bindings, session))
        case .subscribe, .unsubscribe:
            return try self.answerReader(request, session, number)
        case .acknowledge, .negativeAcknowledge, .deadLetter:
            return try self.answerConsumer(request, session, number)
        }
    }

    private func answerReader(
        _ request: GatewayRequest, _ session: Session, _ number: Int64
    ) throws -> Outcome {
        guard session.mode == .reader else {
            throw Refused(.notAllowed, "Only a reader subscribes; this connection is a consumer.")
        }
        switch request {
        case .subscribe(let subscribe):
            let conversation = try self.conversation(subscribe.conversation, session)
            let head = try self.head(of: conversation)
            let others = try self.otherServices(than: session)
            let answer = Subscribed(
                head: head, recovered: try self.recovers(subscribe.from, conversation, head),
                receipts: try others.map { try self.receipt(conversation.id, $0) }, services: [])
            return .subscribed(session, number: number, conversation, answer, others: others)
        case .unsubscribe(let unsubscribe):
            let conversation = try self.conversation(unsubscribe.conversation, session)
            return .answered(
                session, number: number, Unsubscribed(), .unsubscribed(conversation))
        default:
            preconditionFailure("Only a reader's requests come here.")
        }
    }

    private func answerConsumer(
        _ request: GatewayRequest, _ session: Session, _ number: Int64
    ) throws -> Outcome {
        guard session.mode == .consumer else {
            throw Refused(.notAllowed, "Only a consumer acknowledges; this connection is a reader.")
        }
        let (conversation, progress): (ConversationRow, Progress)
        switch request {
        case .acknowledge(let acknowledge):
            (conversation, progress) = try self.acknowledge(
                acknowledge.conversation, acknowledge.seq, acknowledge.external, session)
        case .deadLetter(let letter):
            (conversation, progress) = try self.deadLetter(letter, session)
        case .negativeAcknowledge(let release):
            let conversation = try self.release(release, session)
            return .answered(
                session, number: number, Released(),
                .released(conversation, delayMilliseconds: release.delayMilliseconds))
        default:
            preconditionFailure("Only a consumer's requests come here.")
        }
        return .answered(
            session, number: number, Acknowledged(handled: progress.handled),
            .advanced(
                conversation, try self.receipt(conversation.id, session.service),
                hasMore: progress.handled < progress.wanted))
    }
}
