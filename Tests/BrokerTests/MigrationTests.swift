import BrokerStore
import Foundation
import GRDB
import Protocol
import Testing

@testable import Broker

/// A database that the first version left, or a later one, opened by this one.
@Suite struct MigrationTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        self.folder = try TemporaryFolder()
        self.path = self.folder.file("chatbox.db")
        try self.lay("migration-1")
    }

    func lay(_ name: String) throws {
        let fixture = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/\(name).sql")
        let queue = try DatabaseQueue(path: self.path)
        let sql = try String(contentsOf: fixture, encoding: .utf8)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
        chmod(self.path, 0o600)
    }

    @Test
    func `what the third version left goes on, and possible duplicates are counted from now on`()
        throws
    {
        try FileManager.default.removeItem(atPath: self.path)
        try self.lay("migration-3")
        let store = try self.open()
        let boxes = try #require(Boxes("main=web,discord"))
        let status = try store.read { try $0.status(boxes) }
        #expect(status.schema == "4 possible duplicates" && status.erasures == 1)
        #expect(status.services.map(\.possibleDuplicates) == [0, 0])
        #expect(status.services.map(\.deadLetters) == [0, 1])
        let discord = try StoreFixture.session(store, "discord", .consumer)
        let web = try StoreFixture.session(store, "web", .reader)
        let uid = try self.conversation(store, web).conversation
        let row = try store.read { try $0.conversation(uid, web).id }
        // What was set aside before lies behind the cursor.
        let next = try #require(try store.read { try $0.nextDelivery(row, discord.service) })
        #expect(next.event.seq == 3 && next.setAside == nil)
        let crashes = try store.read { try $0.crashRecord(of: discord.service) }
        #expect(crashes.suspects[row] == .init(seq: 3, losses: 2))
        _ = try store.write(now: 1) {
            try $0.acknowledge(uid, 3, [], isPossibleDuplicate: true, discord)
        }
        #expect(
            try store.read { try $0.status(boxes) }.services.map(\.possibleDuplicates) == [0, 1])
    }

    func open(_ notice: (String) -> Void = { _ in }) throws -> Store {
        try Store(
            path: self.path, boxes: try #require(Boxes("main=web,discord")),
            now: 1_790_000_100_000, notice: notice)
    }

    func conversation(_ store: Store, _ web: Session) throws -> Opened {
        try store.write(now: 1) { transaction in
            let open = Open(
                peer: try #require(PeerID("0b6f2c8e-3f0a-4c1d-9f57-1b2c3d4e5f60")), create: false,
                credential: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")
            return try transaction.open(open, web).1
        }
    }

    @Test func `what was kept is there, and a repeated send is still answered`() throws {
        let store = try self.open()
        let web = try StoreFixture.session(store, "web", .reader)
        let discord = try StoreFixture.session(store, "discord", .consumer)
        let opened = try self.conversation(store, web)
        #expect(opened.head.seq == 3 && opened.state == .open && !opened.created)
        let page = try store.read {
            try $0.page(History(conversation: opened.conversation, .after(0)), web)
        }
        #expect(page.events.map(\.body) == ["Hello", "Hi, Ann", "Are you open?"])
        #expect(page.events.allSatisfy { !$0.isDeleted && $0.target == nil && $0.revision == 0 })
        let send = Send(
            conversation: opened.conversation, key: try #require(IdempotencyKey("k1")),
            author: Author(id: "a", name: "Ann"), body: "Hello")
        let id = EventID(Bits128(high: 9, low: 9))
        let sent = try store.write(now: 1) { try $0.send(send, id: id, web).1 }
        #expect(sent.duplicate && sent.seq == 1)
        let row = try store.read { try $0.conversation(opened.conversation, web).id }
        let delivery = try store.read {
            try $0.nextDelivery(row, discord.service)
        }
        #expect(delivery?.event.body == "Are you open?")
    }

    @Test func `receipts and dead letters get numbers`() throws {
        let store = try self.open()
        let web = try StoreFixture.session(store, "web", .reader)
        let discord = try StoreFixture.session(store, "discord", .consumer)
        let receipts = try store.read { try $0.receipts(ListReceipts(after: 0), discord) }
        #expect(receipts.entries.map(\.receipt.deliveredUpTo) == [2])
        let letters = try store.read { try $0.deadLetters(ListDeadLetters()) }
        #expect(letters.entries.map(\.number) == [1] && letters.entries.map(\.seq) == [1])
        let uid = try self.conversation(store, web).conversation
        let change = try store.write(now: 1) {
            try $0.report(Report(conversation: uid, deliveredUpTo: 3, seenUpTo: nil), web).1
        }
        let known = try #require(receipts.entries.first?.version)
        #expect(try #require(change?.version) > known)
    }

    @Test func `a checked copy is made before, and named`() throws {
        var notices: [String] = []
        try self.open { notices.append($0) }.close()
        let copies = try FileManager.default.contentsOfDirectory(atPath: self.folder.path)
            .filter { $0.contains(".before-") }
        let copy = try #require(copies.first)
        #expect(copies.count == 1)
        #expect(notices.contains { $0.contains(copy) })
        let queue = try DatabaseQueue(path: self.folder.file(copy))
        let counts = try queue.read { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM event"),
                try Schema.migrator.appliedIdentifiers(db).count
            )
        }
        #expect(counts.0 == 3 && counts.1 == 1)
        try queue.close()
        // Opened again there is nothing to bring forward, and no second copy.
        try self.open { notices.append($0) }.close()
        #expect(notices.filter { $0.contains(".before-") }.count == 1)
    }
}
