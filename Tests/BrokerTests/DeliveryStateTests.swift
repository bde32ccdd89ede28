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
        case .wake(_, let conversation, let milliseconds):
            "wake \(conversation) in \(milliseconds)"
        case .goodbye(let connection, let goodbye):
            "goodbye \(connection.number) \(goodbye.code)"
        }
    }
}

@Suite struct DeliveryStateTests {
    let web: ServiceRow
    let discord: ServiceRow
    let box: Name
    let conversation = ConversationRow(id: 7, uid: ConversationID(Bits128(high: 7, low: 7)))
    let other = ConversationRow(id: 8, uid: ConversationID(Bits128(high: 8, low: 8)))
    var state = DeliveryState()

    init() throws {
        self.web = ServiceRow(id: 1, name: try name("web"))
        self.discord = ServiceRow(id: 2, name: try name("discord"))
        self.box = try name("main")
    }

    func session(_ number: UInt64, _ service: ServiceRow, _ mode: Mode) -> Session {
        Session(
            connection: ConnectionID(number: number), box: self.box, service: service, mode: mode,
            generation: mode == .consumer ? Int64(number) : 0)
    }

    mutating func connect(
        _ number: UInt64, _ service: ServiceRow, _ mode: Mode, backlog: [Int64] = []
    ) -> (Session, [String]) {
        let session = self.session(number, service, mode)
        let welcome = Welcome(
            version: 1, epoch: Epoch(Bits128(high: 0, low: 1)), generation: session.generation,
            agent: "b")
        let directives = self.state.committed(.welcomed(session, welcome, backlog: backlog))
        return (session, described(directives))
    }

    mutating func subscribe(_ session: Session, _ conversation: ConversationRow) -> Subscribed? {
        let answer = Subscribed(head: .none, recovered: false, receipts: [], services: [])
        let directives = self.state.committed(
            .subscribed(session, number: 1, conversation, answer, others: [self.discord]))
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
                    session, number: 1, Released(), .stored(conversation, event))))
    }

    mutating func credit(_ session: Session, _ credit: Int64) -> [String] {
        described(self.state.committed(.happened(.credited(session, credit))))
    }

    mutating func acknowledge(
        _ session: Session, _ conversation: ConversationRow, hasMore: Bool = false
    ) -> [String] {
        let receipt = Receipt(service: session.service.name, deliveredUpTo: 1)
        return described(
            self.state.committed(
                .answered(
                    session, number: 2, Acknowledged(handled: 1),
                    .advanced(conversation, receipt, hasMore: hasMore))))
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
                .released(self.conversation, delayMilliseconds: 50)))
        #expect(
            described(released) == ["answer 1 #3 released", "wake 7 in 50", "deliver 8 to 1"])
        // A new event of the postponed conversation doesn't jump its wait.
        let (reader, _) = self.connect(2, self.web, .reader)
        #expect(self.store(self.conversation, by: reader) == ["answer 2 #1 released"])
        let due = self.state.committed(
            .happened(.due(service: self.discord, conversation: 7)))
        #expect(due.isEmpty, "the credit is in use")
        #expect(
            self.acknowledge(consumer, self.other) == [
                "answer 1 #2 acknowledged", "deliver 7 to 1",
            ])
    }

    @Test mutating func `a newer consumer fences the older`() {
        let (older, _) = self.connect(1, self.discord, .consumer, backlog: [7])
        _ = self.credit(older, 5)
        let (newer, directives) = self.connect(2, self.discord, .consumer, backlog: [7])
        #expect(directives == ["goodbye 1 fenced", "welcome 2"])
        // What the older still says changes nothing for the newer.
        #expect(self.credit(older, 5) == [])
        #expect(described(self.state.committed(.happened(.disconnected(older.connection)))) == [])
        #expect(self.credit(newer, 1) == ["deliver 7 to 2"])
    }

    @Test mutating func `readers get pushes of what they subscribed to, with their own keys`() {
        let (first, _) = self.connect(1, self.web, .reader)
        let (second, _) = self.connect(2, self.web, .reader)
        let (third, _) = self.connect(3, self.discord, .reader)
        for reader in [first, second, third] { _ = self.subscribe(reader, self.conversation) }
        #expect(
            self.store(self.conversation, by: first) == [
                "answer 1 #1 released", "push 1+2 event", "push 3 event",
            ])
        #expect(self.store(self.other, by: first) == ["answer 1 #1 released"])
    }

    @Test mutating func `subscribing twice pushes once, and unsubscribing ends it`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        _ = self.subscribe(reader, self.conversation)
        _ = self.subscribe(reader, self.conversation)
        #expect(
            self.store(self.conversation, by: reader) == ["answer 1 #1 released", "push 1 event"])
        _ = self.state.committed(
            .answered(reader, number: 4, Unsubscribed(), .unsubscribed(self.conversation)))
        #expect(self.store(self.conversation, by: reader) == ["answer 1 #1 released"])
    }

    @Test mutating func `a receipt goes to the readers of the other services`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        let (consumer, _) = self.connect(2, self.discord, .consumer)
        _ = self.subscribe(reader, self.conversation)
        #expect(
            self.acknowledge(consumer, self.conversation) == [
                "answer 2 #2 acknowledged", "push 1 receipt",
            ])
    }

    @Test mutating func `a service is up while its consumer has credit`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        #expect(self.subscribe(reader, self.conversation)?.services.map(\.isUp) == [false])
        let (consumer, _) = self.connect(2, self.discord, .consumer)
        #expect(self.credit(consumer, 1) == ["push 1 service_state"])
        #expect(self.credit(consumer, 2) == [])
        #expect(self.subscribe(reader, self.conversation)?.services.map(\.isUp) == [true])
        #expect(self.credit(consumer, 0) == ["push 1 service_state"])
        _ = self.credit(consumer, 1)
        let gone = self.state.committed(.happened(.disconnected(consumer.connection)))
        #expect(described(gone) == ["push 1 service_state"])
    }

    @Test mutating func `a connection that is gone gets nothing`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        let (sender, _) = self.connect(2, self.web, .reader)
        _ = self.subscribe(reader, self.conversation)
        _ = self.state.committed(.happened(.disconnected(reader.connection)))
        #expect(self.store(self.conversation, by: sender) == ["answer 2 #1 released"])
        #expect(self.subscribe(reader, self.conversation) == nil)
        #expect(self.state.connectionCount == 1)
    }

    @Test mutating func `what seemed to wait and doesn't frees its credit`() {
        let (consumer, _) = self.connect(1, self.discord, .consumer, backlog: [7, 8])
        _ = self.credit(consumer, 1)
        let directives = self.state.foundNothing(consumer, conversation: 7)
        #expect(described(directives) == ["deliver 8 to 1"])
    }
}
