import Protocol
import Testing

@testable import Broker

/// Consumers that are lost, as the database remembers them, also over restarts.
@Suite struct LossStoreTests {
    let fixture: StoreFixture
    let uid: ConversationID
    let row: Int64

    init() throws {
        self.fixture = try StoreFixture()
        let (fixture, uid) = (self.fixture, try self.fixture.open("v1").conversation)
        self.uid = uid
        try fixture.send("deadly", key: "k1", in: uid)
        try fixture.send("harmless", key: "k2", in: uid)
        self.row = try fixture.store.read { try $0.conversation(uid, fixture.web).id }
    }

    @discardableResult
    func lose(alone: Bool, hasAcknowledged: Bool = false) throws -> (CrashRecord, Advance?) {
        let discord = self.fixture.discord
        let lost = LostConsumer(
            service: discord.service, box: discord.box, hasAcknowledged: hasAcknowledged,
            alone: alone ? self.row : nil)
        return try self.fixture.store.write(now: 1) { try $0.record(lost) }
    }

    func record() throws -> CrashRecord {
        try self.fixture.store.read { try $0.crashRecord(of: self.fixture.discord.service) }
    }

    @Test func `losses are remembered`() throws {
        for _ in 1...3 { try self.lose(alone: false) }
        #expect(try self.record() == CrashRecord(losses: 3))
        try self.lose(alone: true)
        let suspect = CrashRecord.Suspect(seq: 1, losses: 1)
        #expect(try self.record() == CrashRecord(losses: 4, suspects: [self.row: suspect]))
    }

    func next() throws -> Delivery? {
        let discord = self.fixture.discord
        return try self.fixture.store.read { try $0.nextDelivery(self.row, discord.service) }
    }

    /// The event that is set aside first.
    func setAside() throws -> Advance {
        for _ in 1...4 { #expect(try self.lose(alone: true).1 == nil) }
        let (record, advance) = try self.lose(alone: true)
        #expect(record == CrashRecord())
        #expect(try self.record() == record)
        return try #require(advance)
    }

    @Test func `the fifth loss sets the event aside, which is told in its place without its text`()
        throws
    {
        let before = try #require(try self.next())
        let advance = try self.setAside()
        #expect(advance.handled == 0 && advance.hasMore)
        #expect(advance.change?.receipt.failed.map(\.code) == ["poison"])
        #expect(advance.change?.receipt.deliveredUpTo == 0)
        let told = try #require(try self.next())
        #expect(told.event.seq == 1 && told.event.id == before.event.id)
        #expect(told.event.kind == .setAside && told.event.body.isEmpty)
        #expect(told.event.author.name == "ChatBox")
        let aside = try #require(told.setAside)
        #expect(aside.kind == .message && aside.code == "poison")
        #expect(aside.reason == advance.change?.receipt.failed.first?.reason)
        let letters = try self.fixture.store.read { try $0.deadLetters(ListDeadLetters()) }
        #expect(letters.entries.map(\.seq) == [1])
        _ = try self.fixture.store.write(now: 1) {
            try $0.acknowledge(self.uid, 1, [], self.fixture.discord)
        }
        let next = try #require(try self.next())
        #expect(next.event.body == "harmless" && next.setAside == nil)
    }

    @Test func `what was set aside is told until it is acknowledged, also when it is tried again`()
        throws
    {
        _ = try self.setAside()
        let release = NegativeAcknowledge(
            conversation: self.uid, seq: 1, delayMilliseconds: 0, reason: "not now")
        _ = try self.fixture.store.write(now: 1) { try $0.release(release, self.fixture.discord) }
        let requeue = Requeue(
            conversation: self.uid, service: try name("discord"), seq: 1,
            key: try #require(IdempotencyKey("again")))
        _ = try self.fixture.write { try $0.requeue(requeue, id: $1, self.fixture.web) }
        #expect(try self.next()?.setAside?.kind == .message)
        for seq in [Int64(1), 2] {
            _ = try self.fixture.store.write(now: 1) {
                try $0.acknowledge(self.uid, seq, [], self.fixture.discord)
            }
        }
        let again = try #require(try self.next())
        #expect(again.event.kind == .requeue && again.event.body == "deadly")
        #expect(again.setAside == nil)
    }

    @Test func `consumers that are lost with the telling, too, aren't told, and the next goes`()
        throws
    {
        _ = try self.setAside()
        for losses in Int64(1)...4 {
            let (record, advance) = try self.lose(alone: true)
            #expect(advance == nil && record.suspects[self.row]?.losses == losses)
        }
        let advance = try #require(try self.lose(alone: true).1)
        #expect(advance.handled == 1 && advance.hasMore)
        #expect(try self.next()?.event.body == "harmless")
        let letters = try self.fixture.store.read { try $0.deadLetters(ListDeadLetters()) }
        #expect(letters.entries.map(\.seq) == [1], "it is one dead letter")
    }

    @Test func `an erasure that consumers die of is refused, and told by itself`() throws {
        let boxes = try #require(Boxes("main=web,discord"))
        let discord = self.fixture.discord
        _ = try self.fixture.store.write(now: 1) { transaction in
            _ = try transaction.nextGeneration(of: discord.service)
        }
        _ = try self.fixture.write { transaction, id in
            try transaction.erase(Erase(conversation: self.uid), id: id, self.fixture.web, boxes)
        }
        for _ in 1...4 { #expect(try self.lose(alone: true).1 == nil) }
        let advance = try #require(try self.lose(alone: true).1)
        #expect(advance.handled == 3 && !advance.hasMore)
        #expect(advance.change == nil, "nobody hears of a receipt of what was erased")
        #expect(try self.record() == CrashRecord())
        let receipts = try self.fixture.store.read {
            try $0.receipts(ListReceipts(after: 0, limit: 100), self.fixture.web)
        }
        #expect(receipts.entries.isEmpty)
        #expect(try self.next() == nil)
        let erasure = try self.fixture.store.read { try $0.erasure(of: self.uid) }
        #expect(erasure.waiting.first?.refused?.code == "poison")
    }

    @Test func `an acknowledgement clears what it acknowledges`() throws {
        for _ in 1...4 { try self.lose(alone: true) }
        _ = try self.fixture.store.write(now: 1) {
            try $0.acknowledge(self.uid, 1, [], self.fixture.discord)
        }
        #expect(try self.record() == CrashRecord())
    }

    @Test func `a conversation with nothing more suspects nothing`() throws {
        _ = try self.fixture.store.write(now: 1) {
            try $0.acknowledge(self.uid, 2, [], self.fixture.discord)
        }
        try self.lose(alone: true)
        #expect(try self.record() == CrashRecord(losses: 1))
    }
}
