import Protocol
import Testing

@testable import Broker

@Suite struct EventStoreTests {
    @Test func `events are numbered without gaps and never twice`() throws {
        let fixture = try StoreFixture()
        let first = try fixture.open("v1").conversation
        let second = try fixture.open("v2").conversation
        let seqs = try (1...5).map { try fixture.send("a", key: "k\($0)", in: first).seq }
        #expect(seqs == [1, 2, 3, 4, 5])
        #expect(try fixture.send("b", key: "k1", in: second).seq == 1)
    }

    @Test func `a repeated send is answered like the first`() throws {
        let fixture = try StoreFixture()
        let uid = try fixture.open("v1").conversation
        let first = try fixture.send("Hello", key: "k", in: uid)
        let again = try fixture.send("Hello", key: "k", in: uid)
        #expect(!first.duplicate && again.duplicate)
        #expect((again.seq, again.id, again.at) == (first.seq, first.id, first.at))
        #expect(try fixture.page(uid, .after(0)).events.count == 1)
    }

    @Test func `the same key with another body is refused and stores nothing`() throws {
        let fixture = try StoreFixture()
        let uid = try fixture.open("v1").conversation
        let first = try fixture.send("Hello", key: "k", in: uid)
        #expect(
            try refusal { try fixture.send("Hello!", key: "k", in: uid) } == .idempotencyConflict)
        let reply = try refusal { try fixture.send("Hello", key: "k", in: uid, replyTo: first.id) }
        #expect(reply == .idempotencyConflict)
        #expect(try fixture.page(uid, .after(0)).events.map(\.body) == ["Hello"])
        #expect(try fixture.send("next", key: "k2", in: uid).seq == 2)
    }

    @Test func `bodies that only look alike are other bodies`() throws {
        let fixture = try StoreFixture()
        let uid = try fixture.open("v1").conversation
        try fixture.send("\u{E9}", key: "k", in: uid)
        #expect(
            try refusal { try fixture.send("e\u{301}", key: "k", in: uid) } == .idempotencyConflict)
    }

    @Test func `a key belongs to one service of one conversation`() throws {
        let fixture = try StoreFixture()
        let first = try fixture.open("v1").conversation
        let second = try fixture.open("v2").conversation
        try fixture.send("a", key: "k", in: first)
        #expect(try !fixture.send("b", key: "k", in: second).duplicate)
        #expect(try !fixture.send("c", key: "k", in: first, as: fixture.discord).duplicate)
    }

    @Test func `a conversation of another box is not found`() throws {
        let fixture = try StoreFixture(boxes: "main=web,discord;other=web,irc")
        let uid = try fixture.open("v1").conversation
        let box = try name("other")
        let service = try #require(
            try fixture.store.read { try $0.service(box: box, name: try name("web")) })
        let stranger = Session(
            connection: ConnectionID(number: 2), box: box, service: service, mode: .reader,
            generation: 0)
        #expect(
            try refusal { try fixture.send("a", key: "k", in: uid, as: stranger) } == .notFound)
    }

    @Test func `pages hold every event once in both directions`() throws {
        let fixture = try StoreFixture()
        let uid = try fixture.open("v1").conversation
        for number in 1...25 { try fixture.send("m\(number)", key: "k\(number)", in: uid) }
        var forward: [Int64] = []
        var page = try fixture.page(uid, .after(0), limit: 10)
        while true {
            forward += page.events.map(\.seq)
            guard page.more, let last = forward.last else { break }
            page = try fixture.page(uid, .after(last), limit: 10)
        }
        #expect(forward == Array(1...25))
        var backward: [Int64] = []
        page = try fixture.page(uid, .before(26), limit: 10)
        while true {
            backward = page.events.map(\.seq) + backward
            guard page.more, let first = backward.first else { break }
            page = try fixture.page(uid, .before(first), limit: 10)
        }
        #expect(backward == Array(1...25))
    }

    @Test func `a page of large events stays within its bytes and holds one at least`() throws {
        let fixture = try StoreFixture()
        let uid = try fixture.open("v1").conversation
        let body = String(repeating: "x", count: 60_000)
        for number in 1...6 { try fixture.send(body, key: "k\(number)", in: uid) }
        let page = try fixture.page(uid, .after(0))
        #expect(page.events.count == 4 && page.more)
    }

    @Test func `only the sender's service sees a key`() throws {
        let fixture = try StoreFixture()
        let uid = try fixture.open("v1").conversation
        try fixture.send("a", key: "own", in: uid)
        try fixture.send("b", key: "1574300000000000001", in: uid, as: fixture.discord)
        let keys = try fixture.page(uid, .after(0)).events.map { $0.key?.text }
        #expect(keys == ["own", nil])
    }

    @Test func `a reader recovers only from what is in this database`() throws {
        let fixture = try StoreFixture()
        let uid = try fixture.open("v1").conversation
        let sent = try (1...600).map { try fixture.send("m", key: "k\($0)", in: uid) }
        let epoch = fixture.store.epoch
        func recovers(_ epoch: Epoch, _ seq: Int64, _ id: EventID) throws -> Bool {
            try fixture.store.read { transaction in
                let conversation = try transaction.conversation(uid, fixture.web)
                return try transaction.recovers(
                    Position(epoch: epoch, seq: seq, id: id), conversation,
                    try transaction.head(of: conversation))
            }
        }
        #expect(try recovers(epoch, 600, sent[599].id))
        #expect(try recovers(epoch, 100, sent[99].id))
        #expect(try !recovers(epoch, 99, sent[98].id), "more than 500 events ago")
        #expect(try !recovers(epoch, 601, sent[599].id), "beyond the head")
        #expect(try !recovers(epoch, 599, sent[599].id), "another event's id")
        #expect(try !recovers(Epoch(Bits128(high: 0, low: 0)), 600, sent[599].id), "another epoch")
    }
}
