import Protocol
import Testing

@testable import Broker

/// Receipts that consumers catch up on, far-side ids, pictures, properties, credentials.
@Suite struct ReceiptStoreTests {
    let fixture: StoreFixture
    let uid: ConversationID

    init() throws {
        self.fixture = try StoreFixture()
        self.uid = try self.fixture.open("v1").conversation
        try self.fixture.send("one", key: "k1", in: self.uid)
    }

    func report(_ uid: ConversationID, seen: Int64) throws {
        let report = Report(conversation: uid, deliveredUpTo: nil, seenUpTo: seen)
        try self.fixture.write { transaction, _ in
            _ = try transaction.report(report, self.fixture.web)
        }
    }

    func receipts(after version: Int64, limit: Int64 = 100) throws -> ReceiptPage {
        try self.fixture.store.read {
            try $0.receipts(ListReceipts(after: version, limit: limit), self.fixture.discord)
        }
    }

    @Test func `each receipt is listed once, in its present state, by its newest change`() throws {
        let other = try self.fixture.open("v2").conversation
        try self.fixture.send("a", key: "a", in: other)
        try self.fixture.send("b", key: "b", in: other)
        try self.report(other, seen: 1)
        try self.report(self.uid, seen: 1)
        try self.report(other, seen: 2)
        let page = try self.receipts(after: 0)
        #expect(page.entries.map(\.conversation) == [self.uid, other])
        #expect(page.entries.map(\.receipt.seenUpTo) == [1, 2] && !page.more)
        let versions = page.entries.compactMap(\.version)
        #expect(try self.receipts(after: versions[0]).entries.map(\.conversation) == [other])
        #expect(try self.receipts(after: versions[1]).entries.isEmpty)
        let first = try self.receipts(after: 0, limit: 1)
        #expect(first.entries.map(\.version) == [versions[0]] && first.more)
    }

    @Test func `a receipt carries the asking service's name of the conversation`() throws {
        let bind = Bind(conversation: self.uid, peer: try #require(PeerID("77")))
        try self.fixture.write { transaction, _ in
            try transaction.bind(bind, self.fixture.discord)
        }
        try self.report(self.uid, seen: 1)
        #expect(try self.receipts(after: 0).entries.map(\.peer?.text) == ["77"])
    }

    @Test func `what changes nothing has no version`() throws {
        try self.report(self.uid, seen: 1)
        let before = try self.receipts(after: 0).entries
        try self.report(self.uid, seen: 1)
        #expect(try self.receipts(after: 0).entries == before)
    }

    @Test func `a page of long reasons stays within a frame`() throws {
        let discord = self.fixture.discord
        let reason = String(repeating: "\u{1}", count: 1_024)
        for number in 2...60 { try self.fixture.send("m", key: "m\(number)", in: self.uid) }
        try self.fixture.write { transaction, _ in
            for seq in 1...60 {
                let letter = DeadLetter(
                    conversation: self.uid, seq: Int64(seq), code: "c", reason: reason)
                _ = try transaction.deadLetter(letter, discord)
            }
        }
        let other = try self.fixture.open("v2").conversation
        try self.fixture.send("m", key: "m", in: other)
        _ = try self.fixture.store.write(now: 1) {
            try $0.acknowledge(other, 1, [], discord)
        }
        let page = try self.fixture.store.read {
            try $0.receipts(ListReceipts(after: 0), self.fixture.web)
        }
        #expect(page.entries.count == 1 && page.more)
        #expect(page.encoded(request: 1).count < Limits.frameBytes)
    }

    @Test func `a page of control characters stays within a frame`() throws {
        let body = String(repeating: "\u{1}", count: 65_536)
        for number in 2...5 { try self.fixture.send(body, key: "m\(number)", in: self.uid) }
        let page = try self.fixture.page(self.uid, .after(1))
        #expect(page.more && page.encoded(request: 1).count < Limits.frameBytes)
    }

    @Test func `known tells ids that were delivered from keys that were sent`() throws {
        let discord = self.fixture.discord
        let external = try #require(ExternalID("901"))
        try self.fixture.send("two", key: "902", in: self.uid, as: discord)
        let author = Author(id: "a", name: "A")
        try self.fixture.write { transaction, id in
            _ = try transaction.acknowledge(self.uid, 1, [external], discord)
            let edit = Edit(
                conversation: self.uid, key: try #require(IdempotencyKey("902:e:7")),
                target: try #require(IdempotencyKey("902")), revision: 7, author: author,
                body: "Two")
            _ = try transaction.edit(edit, id: id, discord)
            let early = Delete(
                conversation: self.uid, key: try #require(IdempotencyKey("903:d")),
                target: try #require(IdempotencyKey("903")), author: author)
            _ = try transaction.delete(early, id: id, discord)
        }
        let ids = ["901", "902", "903", "904", "k1"].compactMap { ExternalID($0) }
        let known = try self.fixture.store.read {
            try $0.known(Known(conversation: self.uid, ids: ids), discord)
        }
        let entries = known.entries.map {
            "\($0.id) \($0.seq.map { "\($0)" } ?? "-") \($0.isOwn) \($0.revision) \($0.isDeleted)"
        }
        #expect(entries == ["901 1 false 0 false", "902 2 true 7 false", "903 - true 0 true"])
    }

    @Test func `a picture never changes`() throws {
        func put(_ bytes: [UInt8]) throws {
            let picture = PutPicture(
                picture: try name("p"), content: Picture(mediaType: .png, bytes: bytes))
            try self.fixture.write { transaction, _ in
                try transaction.keep(picture, self.fixture.discord)
            }
        }
        func get(_ reference: String) throws -> [UInt8] {
            try self.fixture.store.read {
                try $0.picture(GetPicture(picture: try name(reference)), self.fixture.web).bytes
            }
        }
        try put([1, 2])
        try put([1, 2])
        #expect(try refusal { try put([3]) } == .idempotencyConflict)
        #expect(try get("p") == [1, 2])
        #expect(try refusal { try get("q") } == .notFound)
    }

    @Test func `properties merge, and an empty text removes one`() throws {
        func set(_ properties: [String: String]) throws -> [String: String] {
            try self.fixture.write { transaction, _ in
                let row = try transaction.conversation(self.uid, self.fixture.web)
                return try transaction.merge(properties, row)
            }
        }
        _ = try set(["name": "Ann", "page": "/"])
        #expect(try set(["page": ""]) == ["name": "Ann"])
        #expect(try set([:]) == ["name": "Ann"])
        let many = Dictionary(uniqueKeysWithValues: (1...32).map { ("p\($0)", "v") })
        #expect(try refusal { try set(many) } == .requestInvalid)
    }

    @Test func `an access is kept to the minute`() throws {
        func access(_ now: Int64) throws -> String? {
            try self.fixture.write(now: now) { transaction, _ in
                let row = try transaction.conversation(self.uid, self.fixture.web)
                try transaction.noteAccess(row)
                return try transaction.properties(of: row)["last_access"]
            }
        }
        #expect(try access(1_790_000_040_123) == "1790000040000")
        #expect(try access(1_790_000_099_999) == "1790000040000")
    }

    @Test func `a peer id has the one form of its service`() throws {
        var discord = self.fixture.discord
        discord.peerKind = .integer
        let odd = try #require(PeerID("007"))
        let open = Open(peer: odd, create: true)
        #expect(
            try refusal { try self.fixture.store.write(now: 1) { try $0.open(open, discord) } }
                == .fieldInvalid)
        let bind = Bind(conversation: self.uid, peer: odd)
        #expect(
            try refusal { try self.fixture.store.write(now: 1) { try $0.bind(bind, discord) } }
                == .fieldInvalid)
    }
}
