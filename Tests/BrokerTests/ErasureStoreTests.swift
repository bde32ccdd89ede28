import Foundation
import GRDB
import Protocol
import Testing

@testable import Broker

/// Erasing in the database: what goes, what stays, and who has a say in it.
@Suite struct ErasureStoreTests {
    let fixture: StoreFixture
    let uid: ConversationID
    let author = Author(id: "a", name: "Ann")
    static let secret = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"

    /// A conversation with text in both directions, an edit, a dead letter and all the rest.
    init() throws {
        let fixture = try StoreFixture()
        self.fixture = fixture
        self.uid = try fixture.store.write(now: 2_000) { transaction in
            let open = Open(
                peer: try #require(PeerID("v1")), create: true, properties: ["name": "CANARY"],
                credential: Self.secret)
            return try transaction.open(open, fixture.web).1.conversation
        }
        try self.consumerCame(self.fixture.discord)
        try self.fixture.send("CANARY one", key: "k1", in: self.uid)
        try self.fixture.send("CANARY two", key: "1574", in: self.uid, as: self.fixture.discord)
        try self.fixture.write { transaction, id in
            let edit = Edit(
                conversation: self.uid, key: try self.key("k3"), target: try self.key("k1"),
                revision: 1, author: self.author, body: "CANARY edited")
            _ = try transaction.edit(edit, id: id, self.fixture.web)
            try transaction.bind(
                Bind(conversation: self.uid, peer: try #require(PeerID("77"))),
                self.fixture.discord)
            let letter = DeadLetter(
                conversation: self.uid, seq: 1, external: try self.externals("900"),
                code: "50035", reason: "CANARY reason")
            _ = try transaction.deadLetter(letter, self.fixture.discord)
            let delete = Delete(
                conversation: self.uid, key: try self.key("d9"), target: try self.key("CANARY-9"),
                author: self.author)
            _ = try transaction.delete(delete, id: id, self.fixture.web)
        }
    }

    func key(_ text: String) throws -> IdempotencyKey { try #require(IdempotencyKey(text)) }

    func externals(_ texts: String...) throws -> [ExternalID] {
        try texts.map { try #require(ExternalID($0)) }
    }

    func consumerCame(_ session: Session) throws {
        _ = try self.fixture.store.write(now: 1) { try $0.nextGeneration(of: session.service) }
    }

    var admin: Session {
        get throws {
            Session(
                connection: ConnectionID(number: 9), box: try name("main"),
                service: ServiceRow(id: 0, name: try name("chatbox")), mode: .admin, generation: 0)
        }
    }

    @discardableResult
    func erase(
        _ uid: ConversationID? = nil, now: Int64 = 5_000, boxes: String = "main=web,discord"
    ) throws -> (Erasure, ErasureBegun) {
        let boxes = try #require(Boxes(boxes))
        return try self.fixture.write(now: now) { transaction, id in
            try transaction.erase(
                Erase(conversation: uid ?? self.uid), id: id, try self.admin, boxes)
        }
    }

    func acknowledge(
        _ seq: Int64, _ external: [ExternalID] = [], as session: Session? = nil
    ) throws -> Advance {
        try self.fixture.store.write(now: 6_000) {
            try $0.acknowledge(self.uid, seq, external, session ?? self.fixture.discord)
        }
    }

    func delivery() throws -> Delivery? {
        try self.fixture.store.read { transaction in
            let row = try transaction.row(
                "SELECT id FROM conversation WHERE uid = ?",
                [
                    Data(self.uid.bits.bytes)
                ])
            return try transaction.nextDelivery(try #require(row)[0], self.fixture.discord.service)
        }
    }

    func count(_ table: String) throws -> Int {
        try self.fixture.store.writer.read {
            try #require(try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)"))
        }
    }

    /// Every value of every table, as one text.
    func dump() throws -> String {
        try self.fixture.store.writer.read { db in
            let tables = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
            return try tables.flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \(table)").flatMap { row in
                    row.databaseValues.map { value in
                        let bytes: Data? = Data.fromDatabaseValue(value)
                        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
                    }
                }
            }.joined(separator: "\n")
        }
    }

    @Test func `everything that was said goes at once`() throws {
        #expect(try self.dump().contains("CANARY"))
        let (erasure, begun) = try self.erase()
        #expect(erasure.waiting.map(\.service.text) == ["discord"] && erasure.at == 5_000)
        #expect(!erasure.isOverwritten && begun.waiting == [self.fixture.discord.service.id])
        let dump = try self.dump()
        #expect(!dump.contains("CANARY") && !dump.contains("Ann") && !dump.contains(Self.secret))
        for table in ["reserved_key", "failure", "suspect", "credential"] {
            #expect(try self.count(table) == 0, "\(table)")
        }
        #expect(try self.count("event") == 1)
    }

    @Test func `what another service called it opens nothing new`() throws {
        try self.erase()
        _ = try self.acknowledge(4)
        let open = Open(peer: try #require(PeerID("77")), create: true)
        let code = try refusal {
            try self.fixture.store.write(now: 7_000) {
                try $0.open(open, self.fixture.discord)
            }
        }
        #expect(code == .conversationGone)
    }

    @Test func `others go on`() throws {
        let other = try self.fixture.open("v2").conversation
        try self.fixture.send("stays", key: "k1", in: other)
        try self.erase()
        _ = try self.acknowledge(4)
        #expect(try self.fixture.page(other, .after(0)).events.map(\.body) == ["stays"])
        #expect(try self.fixture.send("more", key: "k2", in: other).seq == 2)
        #expect(
            try refusal { try self.erase(ConversationID(Bits128(high: 1, low: 1))) } == .notFound)
    }

    @Test func `a client's picture goes unless somebody else has it, an operator's stays`() throws {
        let picture = Picture(mediaType: .png, bytes: [1])
        for (reference, session) in [
            ("mine", self.fixture.web), ("shared", self.fixture.web),
            ("team", self.fixture.discord),
        ] {
            try self.fixture.write { transaction, id in
                try transaction.keep(
                    PutPicture(picture: try name(reference), content: picture), session)
                let author = Author(id: "a", name: "A", avatar: reference)
                _ = try transaction.send(
                    Send(
                        conversation: self.uid, key: try self.key(reference), author: author,
                        body: "x"), id: id, session)
            }
        }
        let other = try self.fixture.open("v2").conversation
        try self.fixture.write { transaction, id in
            let author = Author(id: "a", name: "A", avatar: "shared")
            _ = try transaction.send(
                Send(conversation: other, key: try self.key("k"), author: author, body: "x"),
                id: id, self.fixture.web)
        }
        try self.erase()
        let left = try self.fixture.store.writer.read {
            try String.fetchAll($0, sql: "SELECT reference FROM picture ORDER BY reference")
        }
        #expect(left == ["shared", "team"])
    }

    @Test func `it is found by its uid and by what services call it`() throws {
        func find(_ clue: Find.Clue) throws -> Found {
            try self.fixture.store.read { try $0.find(Find(clue)) }
        }
        let box = try name("main")
        let clues: [Find.Clue] = [
            .conversation(self.uid),
            .peer(try #require(PeerID("v1")), service: try name("web"), box: box),
            .peer(try #require(PeerID("77")), service: try name("discord"), box: box),
        ]
        for clue in clues {
            let found = try find(clue)
            #expect(found.conversation == self.uid && found.state == .open && found.events == 3)
            #expect(found.peers.map(\.peer.text) == ["v1", "77"] && found.openedAt == 2_000)
        }
        let nobody = Find.Clue.peer(
            try #require(PeerID("78")), service: try name("discord"), box: box)
        #expect(try refusal { try find(nobody) } == .notFound)
        try self.erase()
        #expect(try find(clues[1]).state == nil, "by the uid that a peer id gives")
        _ = try self.acknowledge(4)
        #expect(try find(clues[0]).peers.isEmpty)
    }
}
