import BrokerStore
import GRDB
import Protocol
import Testing

@testable import Broker

// What services have to do, and which of them count.
extension ErasureStoreTests {
    @Test func `each consumer gets it as the last event, with its own ids`() throws {
        try self.erase()
        let delivery = try #require(try self.delivery())
        #expect(delivery.event.kind == .erasure && delivery.event.seq == 4)
        #expect(delivery.event.body.isEmpty && delivery.event.service.text == "chatbox")
        #expect(delivery.peer?.text == "77" && delivery.properties.isEmpty)
        #expect(try delivery.targetExternal == self.externals("900"))
        let advance = try self.acknowledge(4)
        #expect(advance.handled == 4 && !advance.hasMore && advance.erased?.isDone == true)
        #expect(try self.delivery() == nil)
        for table in ["event", "side", "external_id"] {
            #expect(try self.count(table) == 0, "\(table)")
        }
        let over = try self.fixture.store.read { try $0.erasure(of: self.uid) }
        #expect(over.waiting.isEmpty)
        #expect(try refusal { try self.acknowledge(4) } == .conversationGone)
    }

    @Test func `an event under way is acknowledged late, and its ids aren't lost`() throws {
        try self.erase()
        let late = try self.acknowledge(1, try self.externals("901"))
        #expect(late.hasMore && late.change == nil)
        #expect(try self.delivery()?.targetExternal == self.externals("901"))
        let released = try self.fixture.store.write(now: 6_000) {
            try $0.release(
                NegativeAcknowledge(
                    conversation: self.uid, seq: 3, external: try self.externals("902"),
                    delayMilliseconds: 600_000, reason: "later"), self.fixture.discord)
        }
        #expect(released.erasure?.hasMore == true)
        let refused = try self.fixture.store.write(now: 6_000) {
            try $0.deadLetter(
                DeadLetter(
                    conversation: self.uid, seq: 3, external: try self.externals("903"),
                    code: "1", reason: "CANARY"), self.fixture.discord)
        }
        #expect(refused.hasMore)
        #expect(try self.count("failure") == 0, "what was refused is gone with its reason")
        #expect(try self.delivery()?.targetExternal.count == 2)
        #expect(try self.delivery()?.event.kind == .erasure)
    }

    @Test func `a post that was just made can still be bound, to be removed`() throws {
        try self.erase()
        try self.fixture.store.write(now: 6_000) { transaction in
            try transaction.bind(
                Bind(
                    conversation: self.uid, peer: try #require(PeerID("78")),
                    replaces: PeerID("77")), self.fixture.discord)
        }
        #expect(try self.delivery()?.peer?.text == "78")
    }

    @Test func `who won't remove its side is named, and tries again when asked`() throws {
        try self.erase()
        let letter = DeadLetter(conversation: self.uid, seq: 4, code: "42", reason: "No.")
        let advance = try self.fixture.store.write(now: 6_000) {
            try $0.deadLetter(letter, self.fixture.discord)
        }
        #expect(advance.handled == 4 && advance.erased == nil)
        #expect(try self.delivery() == nil)
        let stuck = try self.fixture.store.read { try $0.erasure(of: self.uid) }
        #expect(stuck.waiting.first?.refused == Erasure.Refusal(code: "42", reason: "No."))
        let requeue = Requeue(
            conversation: self.uid, service: try name("discord"), seq: 4,
            key: try #require(IdempotencyKey("again")))
        let drop = DropDeadLetter(conversation: self.uid, service: try name("discord"), seq: 4)
        var admin = self.fixture.web
        admin.mode = .admin
        for (session, code) in [
            (admin, ErrorCode.requestInvalid), (self.fixture.web, .conversationGone),
        ] {
            let tried = try refusal {
                try self.fixture.write { try $0.requeue(requeue, id: $1, session) }
            }
            let dropped = try refusal {
                try self.fixture.write { transaction, _ in try transaction.drop(drop, session) }
            }
            #expect(tried == code && dropped == code)
        }
        let (again, _) = try self.erase(now: 9_000)
        #expect(again.at == 5_000 && again.waiting.first?.refused == nil)
        #expect(try self.delivery()?.event.seq == 4)
        #expect(try self.acknowledge(4).erased != nil)
    }

    @Test func `an erasure isn't set aside for a gateway's death without being seen`() throws {
        try self.erase()
        let id = try self.fixture.store.read {
            try #require(try $0.row("SELECT id FROM conversation", []))[0] as Int64
        }
        for _ in 1...CrashRecord.deadly {
            let lost = LostConsumer(
                service: self.fixture.discord.service, box: try name("main"),
                hasAcknowledged: false, alone: id)
            _ = try self.fixture.store.write(now: 6_000) { try $0.record(lost) }
        }
        let stuck = try self.fixture.store.read { try $0.erasure(of: self.uid) }
        #expect(stuck.waiting.first?.refused?.code == "poison")
    }

    @Test func `without a consumer it is over at once`() throws {
        let fixture = try StoreFixture()
        let uid = try fixture.open("v9").conversation
        try fixture.send("CANARY", key: "k", in: uid)
        let boxes = try #require(Boxes("main=web,discord"))
        let (erasure, begun) = try fixture.write { transaction, id in
            try transaction.erase(Erase(conversation: uid), id: id, try self.admin, boxes)
        }
        #expect(erasure.waiting.isEmpty && begun.entries.map(\.isDone) == [true])
        #expect(try refusal { try fixture.open("v9") } == .conversationGone)
    }

    @Test func `a service that was taken out of the settings holds nothing up`() throws {
        let (erasure, _) = try self.erase(boxes: "main=web")
        #expect(erasure.waiting.isEmpty)
    }

    @Test func `one that is taken out later holds nothing up either`() throws {
        try self.erase()
        try self.fixture.store.close()
        let store = try self.reopened(boxes: "main=web")
        #expect(try store.read { try $0.erasure(of: self.uid) }.waiting.isEmpty)
    }
}
