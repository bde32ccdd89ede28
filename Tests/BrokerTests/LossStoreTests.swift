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

    @Test func `the fifth loss sets the event aside, and the next goes`() throws {
        for _ in 1...4 { #expect(try self.lose(alone: true).1 == nil) }
        let advance = try #require(try self.lose(alone: true).1)
        #expect(advance.handled == 1 && advance.hasMore)
        #expect(advance.change?.receipt.failed.map(\.code) == ["poison"])
        #expect(try self.record().suspects.isEmpty)
        let discord = self.fixture.discord
        let next = try self.fixture.store.read {
            try $0.nextDelivery(self.row, discord.service)
        }
        #expect(next?.event.body == "harmless")
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
