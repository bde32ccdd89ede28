import Protocol
import Testing

@testable import Broker

/// What may stand on the far side twice is counted, each event once.
@Suite struct PossibleDuplicateStoreTests {
    let fixture: StoreFixture
    let uid: ConversationID

    init() throws {
        self.fixture = try StoreFixture()
        self.uid = try self.fixture.open("v1").conversation
        for key in ["k1", "k2", "k3"] { try self.fixture.send("m", key: key, in: self.uid) }
    }

    func count() throws -> [Int64] {
        let boxes = try #require(Boxes("main=web,discord"))
        return try self.fixture.store.read { try $0.status(boxes) }.services
            .map(\.possibleDuplicates)
    }

    func acknowledge(_ seq: Int64, isPossibleDuplicate: Bool = true) throws {
        _ = try self.fixture.store.write(now: 1) {
            try $0.acknowledge(
                self.uid, seq, [], isPossibleDuplicate: isPossibleDuplicate, self.fixture.discord)
        }
    }

    @Test func `an acknowledgement counts it, a repeated one doesn't`() throws {
        #expect(try self.count() == [0, 0])
        try self.acknowledge(1)
        #expect(try self.count() == [0, 1])
        try self.acknowledge(1)
        #expect(try self.count() == [0, 1])
        try self.acknowledge(2, isPossibleDuplicate: false)
        #expect(try self.count() == [0, 1])
        try self.acknowledge(3)
        try self.acknowledge(1)
        #expect(try self.count() == [0, 2])
    }

    @Test func `what is put off or refused counts, too, once with its acknowledgement`() throws {
        let release = NegativeAcknowledge(
            conversation: self.uid, seq: 1, delayMilliseconds: 0, reason: "429",
            isPossibleDuplicate: true)
        for _ in 1...2 {
            _ = try self.fixture.store.write(now: 1) {
                try $0.release(release, self.fixture.discord)
            }
        }
        #expect(try self.count() == [0, 1])
        try self.acknowledge(1)
        #expect(try self.count() == [0, 1])
        let letter = DeadLetter(
            conversation: self.uid, seq: 2, code: "50035", reason: "No.", isPossibleDuplicate: true)
        for _ in 1...2 {
            _ = try self.fixture.store.write(now: 1) {
                try $0.deadLetter(letter, self.fixture.discord)
            }
        }
        #expect(try self.count() == [0, 2])
    }

    @Test func `what is refused counts nothing`() throws {
        #expect(try refusal { try self.acknowledge(9) } == .ackOutOfRange)
        #expect(try self.count() == [0, 0])
        let other = try self.fixture.open("v2").conversation
        try self.fixture.send("m", key: "k1", in: other)
        _ = try self.fixture.store.write(now: 1) {
            try $0.acknowledge(other, 1, [], isPossibleDuplicate: true, self.fixture.discord)
        }
        #expect(try self.count() == [0, 1], "each conversation counts for itself")
    }

    @Test func `the count outlives the conversation`() throws {
        try self.acknowledge(1)
        let boxes = try #require(Boxes("main=web,discord"))
        _ = try self.fixture.write { transaction, id in
            try transaction.erase(Erase(conversation: self.uid), id: id, self.fixture.web, boxes)
        }
        #expect(try self.count() == [0, 1])
    }
}
