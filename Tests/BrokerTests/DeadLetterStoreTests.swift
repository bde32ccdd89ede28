import Protocol
import Testing

@testable import Broker

/// What was set aside: seen, tried again, given up.
@Suite struct DeadLetterStoreTests {
    let fixture: StoreFixture
    let uid: ConversationID
    let row: Int64
    let admin: Session

    init() throws {
        self.fixture = try StoreFixture()
        let (fixture, uid) = (self.fixture, try self.fixture.open("v1").conversation)
        self.uid = uid
        try fixture.send("one", key: "k1", in: uid)
        self.row = try fixture.store.read { try $0.conversation(uid, fixture.web).id }
        _ = try fixture.store.write(now: 1) {
            try $0.deadLetter(
                DeadLetter(conversation: uid, seq: 1, code: "50035", reason: "No."),
                fixture.discord)
        }
        var admin = fixture.web
        admin.mode = .admin
        admin.box = try name("any")
        admin.service = ServiceRow(id: 0, name: try name("chatbox"))
        self.admin = admin
    }

    func requeue(_ key: String, seq: Int64 = 1, as session: Session? = nil) throws -> Sent {
        let requeue = Requeue(
            conversation: self.uid, service: try name("discord"), seq: seq,
            key: try #require(IdempotencyKey(key)))
        return try self.fixture.write {
            try $0.requeue(requeue, id: $1, session ?? self.fixture.web).answer
        }
    }

    func drop() throws {
        let drop = DropDeadLetter(conversation: self.uid, service: try name("discord"), seq: 1)
        try self.fixture.write { transaction, _ in try transaction.drop(drop, self.admin) }
    }

    func failed() throws -> [Int64] {
        try self.fixture.store.read {
            try $0.receipt(self.row, self.fixture.discord.service).failed.map(\.seq)
        }
    }

    func listed() throws -> [DeadLetters.Entry] {
        try self.fixture.store.read { try $0.deadLetters(ListDeadLetters()).entries }
    }

    func delivery() throws -> Delivery? {
        let discord = self.fixture.discord
        return try self.fixture.store.read {
            try $0.nextDelivery(self.row, discord.service)
        }
    }

    @Test func `a dead letter is listed with who sent it and why`() throws {
        let entry = try #require(try self.listed().first)
        #expect(entry.seq == 1 && entry.code == "50035" && entry.from.text == "web")
        #expect(entry.service.text == "discord" && entry.box.text == "main")
        #expect(try self.failed() == [1])
    }

    @Test func `a requeue is an event for that service in the present state`() throws {
        let edit = Edit(
            conversation: self.uid, key: try #require(IdempotencyKey("e")),
            target: try #require(IdempotencyKey("k1")), revision: 1,
            author: Author(id: "a", name: "Ann"), body: "One")
        try self.fixture.write { _ = try $0.edit(edit, id: $1, self.fixture.web) }
        let sent = try self.requeue("r")
        #expect(sent.seq == 3 && sent.revision == 1 && !sent.duplicate)
        #expect(try self.failed().isEmpty && self.listed().isEmpty)
        _ = try self.fixture.store.write(now: 1) {
            try $0.acknowledge(self.uid, 2, [], self.fixture.discord)
        }
        let delivery = try #require(try self.delivery())
        #expect(delivery.event.kind == .requeue && delivery.event.body == "One")
        #expect(delivery.event.target?.seq == 1)
        #expect(try self.requeue("r").duplicate)
    }

    @Test func `a requeue's key is that of one message`() throws {
        try self.fixture.send("two", key: "k2", in: self.uid)
        let letter = DeadLetter(conversation: self.uid, seq: 2, code: "50035", reason: "No.")
        _ = try self.fixture.store.write(now: 1) {
            try $0.deadLetter(letter, self.fixture.discord)
        }
        _ = try self.requeue("r")
        let refused = #expect(throws: Refused.self) { try self.requeue("r", seq: 2) }
        #expect(refused?.code == .idempotencyConflict)
        #expect(try self.failed() == [2])
        #expect(try !self.requeue("r2", seq: 2).duplicate && self.requeue("r2", seq: 2).duplicate)
    }

    @Test func `a requeue goes to the one service only`() throws {
        let fixture = try StoreFixture(boxes: "main=web,discord,irc")
        let irc = try StoreFixture.session(fixture.store, "irc", .consumer)
        let uid = try fixture.open("v1").conversation
        try fixture.send("one", key: "k1", in: uid)
        _ = try fixture.store.write(now: 1) { transaction in
            let letter = DeadLetter(conversation: uid, seq: 1, code: "c", reason: "r")
            _ = try transaction.deadLetter(letter, fixture.discord)
            return try transaction.acknowledge(uid, 1, [], irc)
        }
        let requeue = Requeue(
            conversation: uid, service: try name("discord"), seq: 1,
            key: try #require(IdempotencyKey("r")))
        try fixture.write { _ = try $0.requeue(requeue, id: $1, fixture.web) }
        let backlogs = try fixture.store.read { transaction in
            try [fixture.discord, irc].map { try transaction.backlog(of: $0.service).count }
        }
        #expect(backlogs == [1, 0])
    }

    @Test func `the message's deletion empties its requeues too`() throws {
        _ = try self.requeue("r")
        let delete = Delete(
            conversation: self.uid, key: try #require(IdempotencyKey("d")),
            target: try #require(IdempotencyKey("k1")), author: Author(id: "a", name: "Ann"))
        try self.fixture.write { _ = try $0.delete(delete, id: $1, self.fixture.web) }
        let delivery = try #require(try self.delivery())
        #expect(delivery.event.kind == .requeue && delivery.event.isDeleted)
        #expect(delivery.event.body.isEmpty)
    }

    @Test func `only its sender or an admin may try a dead letter again`() throws {
        #expect(try refusal { try self.requeue("r", as: self.fixture.discord) } == .notFound)
        #expect(try refusal { try self.requeue("r", seq: 9) } == .notFound)
        #expect(try self.requeue("r", as: self.admin).seq == 2)
        #expect(try refusal { try self.requeue("r2") } == .notFound, "it is under way again")
    }

    @Test func `a dropped one stays failed and can't be tried again`() throws {
        try self.drop()
        try self.drop()
        #expect(try self.failed() == [1])
        #expect(try self.listed().isEmpty)
        #expect(try refusal { try self.requeue("r") } == .notFound)
    }

    @Test func `one that is under way again can't be dropped`() throws {
        _ = try self.requeue("r")
        #expect(try refusal { try self.drop() } == .notFound)
    }

    @Test func `a requeue that fails again is a dead letter of its own`() throws {
        _ = try self.requeue("r")
        _ = try self.fixture.store.write(now: 1) {
            try $0.deadLetter(
                DeadLetter(conversation: self.uid, seq: 2, code: "c", reason: "Again."),
                self.fixture.discord)
        }
        #expect(try self.failed() == [2])
        #expect(try self.requeue("r2", seq: 2).seq == 3)
        #expect(try self.delivery()?.event.target?.seq == 1)
    }

    @Test func `a close can't be tried again`() throws {
        let close = Close(
            conversation: self.uid, key: try #require(IdempotencyKey("c")),
            author: Author(id: "a", name: "Ann"))
        try self.fixture.write { _ = try $0.close(close, id: $1, self.fixture.web) }
        _ = try self.fixture.store.write(now: 1) {
            try $0.deadLetter(
                DeadLetter(conversation: self.uid, seq: 2, code: "c", reason: "r"),
                self.fixture.discord)
        }
        #expect(try refusal { try self.requeue("r", seq: 2) } == .requestInvalid)
    }
}
