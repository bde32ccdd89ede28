import Protocol
import Testing

@testable import Broker

/// What directives come to, as texts that a test can compare.
func described(_ directives: [Directive]) -> [String] {
    directives.map { directive in
        switch directive {
        case .welcome(let session, _): "welcome \(session.connection.number)"
        case .answer(let connection, let number, let answer):
            "answer \(connection.number) #\(number) \(type(of: answer).type)"
        case .push(let connections, let message):
            "push \(connections.map { "\($0.number)" }.joined(separator: "+")) "
                + "\(type(of: message).type)"
        case .deliver(let session, let conversation):
            "deliver \(conversation) to \(session.connection.number)"
        case .publish(let connections, _, let event):
            "publish \(connections.map { "\($0.number)" }.joined(separator: "+")) "
                + "\(event.event.key == nil ? "without" : "with") key"
        case .later(.due(_, let conversation), let milliseconds):
            "wake \(conversation) in \(milliseconds)"
        case .later(.stood, let milliseconds): "stood in \(milliseconds)"
        case .later(.lost(let lost), _):
            "lost \(lost.alone.map { "with \($0)" } ?? "with nothing")"
                + (lost.hasAcknowledged ? " after an acknowledgement" : "")
        case .later: "later"
        case .goodbye(let connection, let goodbye):
            "goodbye \(connection.number) \(goodbye.code)"
        }
    }
}

@Suite struct DeliveryStateTests {
    let web: ServiceRow
    let discord: ServiceRow
    let box: Name
    let conversation: ConversationRow
    let other: ConversationRow
    var state: DeliveryState
    /// What time it is, in milliseconds.
    var clock: Int64 = 1_000_000
    var now: Moment { Moment(time: self.clock, uptime: self.clock) }

    init() throws {
        self.web = ServiceRow(id: 1, name: try name("web"))
        self.discord = ServiceRow(id: 2, name: try name("discord"))
        self.box = try name("main")
        self.conversation = ConversationRow(
            id: 7, uid: ConversationID(Bits128(high: 7, low: 7)), box: self.box)
        self.other = ConversationRow(
            id: 8, uid: ConversationID(Bits128(high: 8, low: 8)), box: self.box)
        self.state = DeliveryState(boxes: [self.box: [self.web, self.discord]])
    }

    func session(_ number: UInt64, _ service: ServiceRow, _ mode: Mode) -> Session {
        Session(
            connection: ConnectionID(number: number), box: self.box, service: service, mode: mode,
            generation: mode == .consumer ? Int64(number) : 0)
    }

    mutating func connect(
        _ number: UInt64, _ service: ServiceRow, _ mode: Mode, backlog: [Int64] = [],
        crashes: CrashRecord = CrashRecord()
    ) -> (Session, [String]) {
        let session = self.session(number, service, mode)
        let welcome = Welcome(
            version: 1, epoch: Epoch(Bits128(high: 0, low: 1)), generation: session.generation,
            agent: "b")
        let arrival = Outcome.Arrival(
            session: session, welcome: welcome, instance: service.name, agent: "a",
            backlog: backlog, crashes: crashes)
        let directives = self.state.committed(.welcomed(arrival), at: self.now)
        return (session, described(directives))
    }

    mutating func subscribe(_ session: Session, _ conversation: ConversationRow) -> Subscribed? {
        let answer = Subscribed(
            head: .none, recovered: false, receipts: [],
            own: Receipt(service: session.service.name), services: [])
        let directives = self.state.committed(
            .subscribed(session, number: 1, conversation, answer, others: [self.discord]),
            at: self.now)
        guard case .answer(_, _, let message)? = directives.first else { return nil }
        return message as? Subscribed
    }

    mutating func store(_ conversation: ConversationRow, by session: Session) -> [String] {
        let event = Event(
            seq: 1, id: EventID(Bits128(high: 1, low: 1)), at: 1, service: session.service.name,
            author: Author(id: "a", name: "A"), body: "b", key: IdempotencyKey("k"))
        return described(
            self.state.committed(
                .answered(
                    session, number: 1, Released(),
                    [.stored(conversation, event, by: session.service)]), at: self.now))
    }

    mutating func credit(_ session: Session, _ credit: Int64) -> [String] {
        described(self.state.committed(.happened(.credited(session, credit)), at: self.now))
    }

    mutating func acknowledge(
        _ session: Session, _ conversation: ConversationRow, hasMore: Bool = false
    ) -> [String] {
        let change = ReceiptChange(
            service: session.service,
            receipt: Receipt(service: session.service.name, deliveredUpTo: 1), version: 1,
            peers: [:])
        let advance = Advance(
            conversation: conversation, service: session.service, handled: 1, hasMore: hasMore,
            change: change)
        return described(
            self.state.committed(
                .answered(session, number: 2, Acknowledged(handled: 1), [.advanced(advance)]),
                at: self.now))
    }

    mutating func foundNoRoom(_ session: Session, for conversations: [Int64]) -> Bool {
        self.state.foundNoRoom(session, for: conversations)
    }

    mutating func disconnect(_ session: Session, wasLost: Bool = false) -> [String] {
        let gone = Outcome.Event.disconnected(session.connection, wasLost: wasLost)
        return described(self.state.committed(.happened(gone), at: self.now))
    }

    @Test mutating func `nothing is delivered without credit`() {
        let (consumer, _) = self.connect(1, self.discord, .consumer, backlog: [7, 8])
        let (reader, _) = self.connect(2, self.web, .reader)
        #expect(self.store(self.conversation, by: reader) == ["answer 2 #1 released"])
        #expect(
            self.credit(consumer, 5) == [
                "push 2 service_state", "deliver 7 to 1", "deliver 8 to 1",
            ])
    }

    @Test mutating func `credit counts conversations`() {
        let (consumer, _) = self.connect(1, self.discord, .consumer, backlog: [7, 8, 9])
        #expect(self.credit(consumer, 2) == ["deliver 7 to 1", "deliver 8 to 1"])
        #expect(
            self.acknowledge(consumer, self.conversation) == [
                "answer 1 #2 acknowledged", "deliver 9 to 1",
            ])
    }

    @Test mutating func `one event of a conversation is under way at a time`() {
        let (consumer, _) = self.connect(1, self.discord, .consumer)
        let (reader, _) = self.connect(2, self.web, .reader)
        _ = self.credit(consumer, 9)
        #expect(
            self.store(self.conversation, by: reader) == ["answer 2 #1 released", "deliver 7 to 1"])
        #expect(self.store(self.conversation, by: reader) == ["answer 2 #1 released"])
        #expect(
            self.acknowledge(consumer, self.conversation, hasMore: true) == [
                "answer 1 #2 acknowledged", "deliver 7 to 1",
            ])
    }

    @Test mutating func `a postponed event gives its credit back and comes again in time`() {
        let (consumer, _) = self.connect(1, self.discord, .consumer, backlog: [7, 8])
        #expect(self.credit(consumer, 1) == ["deliver 7 to 1"])
        let released = self.state.committed(
            .answered(
                consumer, number: 3, Released(),
                [.released(self.conversation, delayMilliseconds: 50)]), at: self.now)
        #expect(
            described(released) == ["answer 1 #3 released", "wake 7 in 50", "deliver 8 to 1"])
        // A new event of the postponed conversation doesn't jump its wait.
        let (reader, _) = self.connect(2, self.web, .reader)
        #expect(self.store(self.conversation, by: reader) == ["answer 2 #1 released"])
        let due = self.state.committed(
            .happened(.due(consumer, conversation: 7)), at: self.now)
        #expect(due.isEmpty, "the credit is in use")
        #expect(
            self.acknowledge(consumer, self.other) == [
                "answer 1 #2 acknowledged", "deliver 7 to 1",
            ])
    }

    @Test mutating func `what an earlier consumer wanted later doesn't wake its successor's wait`()
    {
        let (older, _) = self.connect(1, self.discord, .consumer, backlog: [7])
        _ = self.credit(older, 1)
        let (newer, _) = self.connect(2, self.discord, .consumer, backlog: [7])
        #expect(self.credit(newer, 1) == ["deliver 7 to 2"])
        let released = Outcome.answered(
            newer, number: 3, Released(), [.released(self.conversation, delayMilliseconds: 90)])
        #expect(
            described(self.state.committed(released, at: self.now)) == [
                "answer 2 #3 released", "wake 7 in 90",
            ])
        let early = Outcome.happened(.due(older, conversation: 7))
        #expect(self.state.committed(early, at: self.now).isEmpty)
        let due = Outcome.happened(.due(newer, conversation: 7))
        #expect(described(self.state.committed(due, at: self.now)) == ["deliver 7 to 2"])
    }

    @Test mutating func `a newer consumer fences the older`() {
        let (older, _) = self.connect(1, self.discord, .consumer, backlog: [7])
        _ = self.credit(older, 5)
        let (newer, directives) = self.connect(2, self.discord, .consumer, backlog: [7])
        #expect(directives == ["goodbye 1 fenced", "welcome 2"])
        // What the older still says changes nothing for the newer.
        #expect(self.credit(older, 5) == [])
        #expect(self.disconnect(older) == [])
        #expect(self.credit(newer, 1) == ["deliver 7 to 2"])
    }

    @Test mutating func `what seemed to wait and doesn't frees its credit`() {
        let (consumer, _) = self.connect(1, self.discord, .consumer, backlog: [7, 8])
        _ = self.credit(consumer, 1)
        let directives = self.state.foundNothing(consumer, conversation: 7, at: self.now)
        #expect(described(directives) == ["deliver 8 to 1"])
    }

    @Test mutating func `what there is no room for waits, and then goes first`() {
        let (consumer, _) = self.connect(1, self.discord, .consumer, backlog: [7, 8, 9])
        #expect(self.credit(consumer, 2) == ["deliver 7 to 1", "deliver 8 to 1"])
        #expect(self.foundNoRoom(consumer, for: [7, 8]) == true)
        #expect(self.foundNoRoom(consumer, for: []) == false, "it is asked for already")
        // Nothing else goes out meanwhile, whatever happens.
        #expect(self.credit(consumer, 3) == [])
        let (reader, _) = self.connect(2, self.web, .reader)
        #expect(self.store(self.conversation, by: reader) == ["answer 2 #1 released"])
        let room = self.state.committed(.happened(.room(consumer)), at: self.now)
        #expect(described(room) == ["deliver 7 to 1", "deliver 8 to 1", "deliver 9 to 1"])
        // What an earlier connection had no room for is nothing to its successor.
        let (newer, _) = self.connect(3, self.discord, .consumer, backlog: [7])
        #expect(self.foundNoRoom(consumer, for: [7]) == false)
        let late = self.state.committed(.happened(.room(consumer)), at: self.now)
        #expect(late.isEmpty)
        #expect(self.credit(newer, 1) == ["push 2 service_state", "deliver 7 to 3"])
    }

    @Test mutating func `a suspect that there is no room for goes out alone again`() {
        let crashes = CrashRecord(losses: 3)
        let (consumer, _) = self.connect(
            1, self.discord, .consumer, backlog: [7, 8], crashes: crashes)
        #expect(self.credit(consumer, 9) == ["deliver 7 to 1"])
        #expect(self.foundNoRoom(consumer, for: [7]) == true)
        #expect(self.state.consumers[self.discord]?.suspect(at: self.clock) == nil)
        let room = self.state.committed(.happened(.room(consumer)), at: self.now)
        #expect(described(room) == ["deliver 7 to 1"])
        #expect(self.disconnect(consumer, wasLost: true) == ["lost with 7"])
    }

    @Test mutating func `a repeated acknowledgement changes nothing that is under way`() {
        let (consumer, _) = self.connect(
            1, self.discord, .consumer, backlog: [7, 8], crashes: CrashRecord(losses: 3))
        #expect(self.credit(consumer, 9) == ["deliver 7 to 1"])
        let repeated = Advance(
            conversation: self.conversation, service: self.discord, handled: 1, hasMore: true,
            isRepetition: true)
        let outcome = Outcome.answered(
            consumer, number: 2, Acknowledged(handled: 1), [.advanced(repeated)])
        #expect(
            described(self.state.committed(outcome, at: self.now)) == ["answer 1 #2 acknowledged"])
        #expect(self.disconnect(consumer, wasLost: true) == ["lost with 7"])
    }

    @Test mutating func `a requeue goes to its service only`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        let (consumer, _) = self.connect(2, self.discord, .consumer)
        _ = self.credit(consumer, 1)
        let event = Event(
            seq: 2, id: EventID(Bits128(high: 1, low: 2)), at: 1, kind: .requeue,
            service: self.web.name, author: Author(id: "a", name: "A"))
        func requeued(for service: ServiceRow) -> [String] {
            described(
                self.state.committed(
                    .answered(
                        reader, number: 1, Released(),
                        [.stored(self.conversation, event, by: self.web, onlyFor: service)]),
                    at: self.now))
        }
        #expect(requeued(for: ServiceRow(id: 9, name: self.box)) == ["answer 1 #1 released"])
        #expect(requeued(for: self.discord) == ["answer 1 #1 released", "deliver 7 to 2"])
    }
}
