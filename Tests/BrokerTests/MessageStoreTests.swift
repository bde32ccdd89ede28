import GRDB
import Protocol
import Testing

@testable import Broker

/// Messages that are edited and deleted by whoever sent them.
@Suite struct MessageStoreTests {
    let fixture: StoreFixture
    let uid: ConversationID

    init() throws {
        self.fixture = try StoreFixture()
        self.uid = try self.fixture.open("v1").conversation
    }

    @discardableResult
    func send(_ body: String, _ key: String, revision: Int64 = 0) throws -> Sent {
        let send = Send(
            conversation: self.uid, key: try #require(IdempotencyKey(key)), revision: revision,
            author: Author(id: "a", name: "Ann"), body: body)
        return try self.fixture.write { try $0.send(send, id: $1, self.fixture.web).1 }
    }

    @discardableResult
    func edit(
        _ target: String, _ key: String, _ revision: Int64, _ body: String,
        as session: Session? = nil
    ) throws -> Sent {
        let edit = Edit(
            conversation: self.uid, key: try #require(IdempotencyKey(key)),
            target: try #require(IdempotencyKey(target)), revision: revision,
            author: Author(id: "a", name: "Ann"), body: body)
        return try self.fixture.write {
            try $0.edit(edit, id: $1, session ?? self.fixture.web).1
        }
    }

    @discardableResult
    func delete(_ target: String, _ key: String) throws -> Deleted {
        let delete = Delete(
            conversation: self.uid, key: try #require(IdempotencyKey(key)),
            target: try #require(IdempotencyKey(target)), author: Author(id: "a", name: "Ann"))
        return try self.fixture.write { try $0.delete(delete, id: $1, self.fixture.web).1 }
    }

    func events() throws -> [Event] { try self.fixture.page(self.uid, .after(0)).events }

    func deliveries() throws -> [Delivery] {
        let discord = self.fixture.discord
        return try self.fixture.store.write(now: 5) { transaction in
            let row = try transaction.conversation(self.uid, discord)
            var deliveries: [Delivery] = []
            while let next = try transaction.nextDelivery(
                row.id, discord.service)
            {
                deliveries.append(next)
                let id = try #require(ExternalID("x\(next.event.seq)"))
                _ = try transaction.acknowledge(self.uid, next.event.seq, [id], discord)
            }
            return deliveries
        }
    }

    @Test func `an edit is an event, and pages give the present state`() throws {
        try self.send("Helo", "m")
        let edited = try self.edit("m", "e1", 1, "Hello")
        #expect(edited.seq == 2 && edited.revision == 1 && !edited.duplicate)
        let events = try self.events()
        #expect(events.map(\.kind) == [.message, .edit])
        #expect(events.map(\.body) == ["Hello", "Hello"] && events.map(\.revision) == [1, 1])
        #expect(events[1].target == Event.Target(seq: 1, id: events[0].id))
    }

    @Test func `a delivery gives each event as it was committed`() throws {
        try self.send("Helo", "m")
        try self.edit("m", "e1", 1, "Hello")
        let deliveries = try self.deliveries()
        #expect(deliveries.map(\.event.body) == ["Helo", "Hello"])
        #expect(deliveries.map { $0.targetExternal.map(\.text) } == [[], ["x1"]])
    }

    @Test(arguments: [(Int64(3), Int64(3)), (3, 2), (3, 1)])
    func `an edit that isn't newer is answered as done`(
        present: Int64, late: Int64
    ) throws {
        try self.send("a", "m")
        let first = try self.edit("m", "e1", present, "b")
        let again = try self.edit("m", "e2", late, "c")
        #expect(again.duplicate && again.revision == present)
        #expect((again.seq, again.id, again.at) == (first.seq, first.id, first.at))
        #expect(try self.events().map(\.body) == ["b", "b"])
    }

    @Test func `an edit of an edit means its message`() throws {
        try self.send("a", "m")
        try self.edit("m", "e1", 1, "b")
        try self.edit("e1", "e2", 2, "c")
        let events = try self.events()
        #expect(events.map(\.body) == ["c", "b", "c"])
        #expect(events[2].target?.seq == 1)
    }

    @Test func `only a service's own messages can be meant`() throws {
        try self.send("a", "m")
        #expect(try refusal { try self.edit("other", "e", 1, "b") } == .targetNotFound)
        let foreign = try refusal { try self.edit("m", "e", 1, "b", as: self.fixture.discord) }
        #expect(foreign == .targetNotFound)
        #expect(try self.events().count == 1)
    }

    @Test func `a key names one event, whatever its kind`() throws {
        try self.send("a", "m")
        try self.edit("m", "e", 1, "b")
        #expect(try refusal { try self.send("b", "e") } == .idempotencyConflict)
        #expect(try refusal { try self.edit("m", "e", 2, "c") } == .idempotencyConflict)
        #expect(try refusal { try self.delete("m", "e") } == .idempotencyConflict)
    }

    @Test func `a send with another revision is a repeat, and hears the present one`() throws {
        try self.send("a", "m")
        #expect(try self.send("a new text", "m", revision: 5).revision == 0)
        try self.edit("m", "e", 5, "a new text")
        let again = try self.send("a", "m")
        #expect(again.duplicate && again.seq == 1 && again.revision == 5)
        #expect(try refusal { try self.send("other", "m") } == .idempotencyConflict)
    }

    @Test func `a deletion takes the text out of the message and all its edits`() throws {
        try self.send("secret one", "m")
        try self.edit("m", "e", 1, "secret two")
        let deleted = try self.delete("m", "d")
        #expect(deleted.event?.seq == 3 && !deleted.duplicate)
        let events = try self.events()
        #expect(events.map(\.kind) == [.message, .edit, .deletion])
        #expect(events.map(\.body) == ["", "", ""])
        #expect(events.map(\.isDeleted) == [true, true, false])
        #expect(events[2].target?.seq == 1)
        let kept = try self.fixture.store.read { transaction in
            try Int.fetchOne(
                transaction.db,
                sql: "SELECT count(*) FROM event WHERE body LIKE '%secret%' OR length(digest) > 0")
        }
        #expect(kept == 0, "neither a text nor what it could be tried against is left")
        #expect(try self.deliveries().map(\.event.isDeleted) == [true, true, false])
    }

    @Test func `a deletion is final, and repeated answered like the first`() throws {
        try self.send("a", "m")
        let first = try self.delete("m", "d")
        for key in ["d", "d2"] {
            let again = try self.delete("m", key)
            #expect(again.duplicate && again.event == first.event)
        }
        #expect(try refusal { try self.send("a", "m") } == .deleted)
        #expect(try refusal { try self.edit("m", "e", 9, "b") } == .deleted)
        #expect(try self.events().count == 2)
    }

    @Test func `a deletion that comes first reserves the key`() throws {
        let first = try self.delete("m", "d")
        #expect(first.event == nil && !first.duplicate)
        #expect(try self.delete("m", "d") == Deleted(event: nil, duplicate: true))
        #expect(try refusal { try self.send("a", "m") } == .deleted)
        #expect(try refusal { try self.edit("m", "e", 1, "b") } == .deleted)
        #expect(try self.events().isEmpty)
        // The key is another service's to use.
        try self.fixture.send("b", key: "m", in: self.uid, as: self.fixture.discord)
    }

    @Test func `an answer names what it answers in the receiver's own words`() throws {
        let own = try self.fixture.send("Hi", key: "901", in: self.uid, as: self.fixture.discord)
        let first = try self.send("a", "m")
        try self.fixture.send("b", key: "r1", in: self.uid, replyTo: own.id)
        try self.fixture.send("c", key: "r2", in: self.uid, replyTo: first.id)
        let ids = try self.deliveries().map { $0.replyExternal.map(\.text) }
        #expect(ids == [[], ["901"], ["x2"]])
    }
}
