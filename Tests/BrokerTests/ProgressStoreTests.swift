import Protocol
import Testing

@testable import Broker

@Suite struct ProgressStoreTests {
    /// A conversation with messages of web 1 and 3 and of Discord 2.
    func fixture() throws -> (StoreFixture, ConversationID, Int64) {
        let fixture = try StoreFixture()
        let uid = try fixture.open("v1").conversation
        try fixture.send("one", key: "k1", in: uid)
        try fixture.send("two", key: "k2", in: uid, as: fixture.discord)
        try fixture.send("three", key: "k3", in: uid)
        let row = try fixture.store.read { try $0.conversation(uid, fixture.web).id }
        return (fixture, uid, row)
    }

    func delivery(_ fixture: StoreFixture, _ row: Int64) throws -> Delivery? {
        try fixture.store.readLatest {
            try $0.nextDelivery(
                row, fixture.discord.service)
        }
    }

    func acknowledge(
        _ fixture: StoreFixture, _ uid: ConversationID, _ seq: Int64, _ external: [String] = []
    ) throws -> Advance {
        try fixture.store.write(now: 4_000) { transaction in
            try transaction.acknowledge(
                uid, seq, external.compactMap { ExternalID($0) }, fixture.discord)
        }
    }

    @Test func `a consumer gets the others' events in order, from its cursor`() throws {
        let (fixture, uid, row) = try self.fixture()
        #expect(try self.delivery(fixture, row)?.event.body == "one")
        #expect(try self.acknowledge(fixture, uid, 1).handled == 1)
        #expect(try self.delivery(fixture, row)?.event.body == "three")
        let last = try self.acknowledge(fixture, uid, 3)
        #expect(last.handled == 3 && !last.hasMore)
        #expect(try self.delivery(fixture, row) == nil)
    }

    @Test func `external ids come back with the next event and with a redelivery`() throws {
        let (fixture, uid, row) = try self.fixture()
        _ = try self.acknowledge(fixture, uid, 1, ["901", "902"])
        #expect(try self.delivery(fixture, row)?.lastExternal?.text == "902")
        _ = try fixture.store.write(now: 1) { transaction in
            try transaction.release(
                NegativeAcknowledge(
                    conversation: uid, seq: 3, external: [try #require(ExternalID("903"))],
                    delayMilliseconds: 10, reason: "429"), fixture.discord)
        }
        let again = try #require(try self.delivery(fixture, row))
        #expect(again.event.seq == 3)
        #expect(again.external.map(\.text) == ["903"] && again.lastExternal?.text == "902")
    }

    @Test func `what is said late of an acknowledged event changes nothing`() throws {
        let (fixture, uid, row) = try self.fixture()
        #expect(try !self.acknowledge(fixture, uid, 1, ["901"]).isRepetition)
        let again = try self.acknowledge(fixture, uid, 1, ["998"])
        #expect(again.isRepetition && again.hasMore && again.change == nil)
        let late = try fixture.store.write(now: 1) { transaction in
            try transaction.release(
                NegativeAcknowledge(
                    conversation: uid, seq: 1, external: [try #require(ExternalID("999"))],
                    delayMilliseconds: 600_000, reason: "429"), fixture.discord)
        }
        #expect(late.isLate)
        #expect(try self.delivery(fixture, row)?.lastExternal?.text == "901")
    }

    @Test func `a cursor never moves back, and not beyond the head`() throws {
        let (fixture, uid, _) = try self.fixture()
        _ = try self.acknowledge(fixture, uid, 3)
        #expect(try self.acknowledge(fixture, uid, 1).handled == 3)
        #expect(try refusal { try self.acknowledge(fixture, uid, 4) } == .ackOutOfRange)
    }

    @Test func `a dead letter is set aside and the next event goes`() throws {
        let (fixture, uid, row) = try self.fixture()
        _ = try fixture.store.write(now: 1) { transaction in
            try transaction.deadLetter(
                DeadLetter(conversation: uid, seq: 1, code: "50035", reason: "Too long."),
                fixture.discord)
        }
        #expect(try self.delivery(fixture, row)?.event.seq == 3)
        let receipt = try fixture.store.read { try $0.receipt(row, fixture.discord.service) }
        #expect(receipt.failed == [.init(seq: 1, code: "50035", reason: "Too long.")])
    }

    @Test func `the backlog lists exactly the conversations with something to deliver`() throws {
        let (fixture, uid, row) = try self.fixture()
        let quiet = try fixture.open("quiet").conversation
        try fixture.send("only ours", key: "k", in: quiet, as: fixture.discord)
        func backlog() throws -> [Int64] {
            try fixture.store.read { try $0.backlog(of: fixture.discord.service) }
        }
        #expect(try backlog() == [row])
        _ = try self.acknowledge(fixture, uid, 1)
        #expect(try backlog() == [row])
        _ = try self.acknowledge(fixture, uid, 3)
        #expect(try backlog().isEmpty)
    }

    @Test func `who has waited longest comes first in the backlog`() throws {
        let fixture = try StoreFixture()
        let uids = try (1...4).map { try fixture.open("v\($0)").conversation }
        let rows = try fixture.store.read { transaction in
            try uids.map { try transaction.conversation($0, fixture.web).id }
        }
        func backlog() throws -> [Int?] {
            try fixture.store.read { try $0.backlog(of: fixture.discord.service) }
                .map { rows.firstIndex(of: $0) }
        }
        for (count, index) in [3, 1, 2, 0, 3, 1].enumerated() {
            try fixture.send("m", key: "k\(count)", in: uids[index])
        }
        #expect(try backlog() == [3, 1, 2, 0])
        // Its second one came after everybody's first.
        _ = try self.acknowledge(fixture, uids[3], 1)
        #expect(try backlog() == [1, 2, 0, 3])
        // What the consumer's own side said doesn't wait for it.
        try fixture.send("m", key: "o", in: uids[2], as: fixture.discord)
        _ = try self.acknowledge(fixture, uids[2], 1)
        #expect(try backlog() == [1, 0, 3])
        _ = try self.acknowledge(fixture, uids[1], 1)
        #expect(try backlog() == [0, 3, 1])
    }

    @Test func `receipts rise, never fall, and stay within the head`() throws {
        let (fixture, uid, row) = try self.fixture()
        func report(delivered: Int64?, seen: Int64?) throws -> (Bool, Receipt) {
            try fixture.store.write(now: 1) { transaction in
                let change = try transaction.report(
                    Report(conversation: uid, deliveredUpTo: delivered, seenUpTo: seen),
                    fixture.web
                ).1
                return (change != nil, try transaction.receipt(row, fixture.web.service))
            }
        }
        let raised = try report(delivered: 2, seen: 1)
        #expect(raised.0 && raised.1.deliveredUpTo == 2 && raised.1.seenUpTo == 1)
        #expect(try !report(delivered: 1, seen: nil).0)
        #expect(try report(delivered: 99, seen: nil).1.deliveredUpTo == 3)
    }

    @Test func `a mark rises with a send and never falls`() throws {
        let (fixture, uid, _) = try self.fixture()
        _ = try fixture.store.write(now: 1) { transaction in
            try transaction.bind(
                Bind(conversation: uid, peer: try #require(PeerID("100"))), fixture.discord)
        }
        func mark() throws -> String? {
            try fixture.store.read { try $0.bindings(ListBindings(), fixture.discord) }
                .entries.first?.mark?.text
        }
        try fixture.send("m", key: "m1", in: uid, as: fixture.discord, mark: "99")
        #expect(try mark() == "99")
        try fixture.send("m", key: "m2", in: uid, as: fixture.discord, mark: "100")
        #expect(try mark() == "100")
        try fixture.send("m", key: "m3", in: uid, as: fixture.discord, mark: "42")
        #expect(try mark() == "100")
    }

    @Test func `generations grow with each consumer, also over a restart`() throws {
        let folder = try TemporaryFolder()
        let boxes = try #require(Boxes("main=web,discord"))
        let path = folder.file("chatbox.db")
        for expected in 1...3 {
            let store = try Store(path: path, boxes: boxes, now: 1)
            let discord = try StoreFixture.session(store, "discord", .consumer)
            let generation = try store.write(now: 1) { transaction in
                try transaction.nextGeneration(of: discord.service)
            }
            #expect(generation == Int64(expected))
            try store.close()
        }
    }
}
