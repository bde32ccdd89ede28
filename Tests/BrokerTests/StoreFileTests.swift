import Foundation
import GRDB
import ProcessShell
import Protocol
import Testing

@testable import Broker

@Suite struct StoreFileTests {
    func open(_ path: String) throws -> Store {
        try Store(path: path, boxes: try #require(Boxes("main=web,discord")), now: 1)
    }

    func failure(_ path: String) throws -> ProcessFailure {
        do {
            _ = try self.open(path)
        } catch let failure as ProcessFailure {
            return failure
        }
        throw Missing()
    }
    struct Missing: Error {}

    @Test func `COMMIT waits for the disk`() throws {
        let folder = try TemporaryFolder()
        let store = try self.open(folder.file("chatbox.db"))
        let (journal, synchronous) = try store.write(now: 1) { transaction in
            (
                try String.fetchOne(transaction.db, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(transaction.db, sql: "PRAGMA synchronous")
            )
        }
        #expect(journal == "wal")
        #expect(synchronous == 2)
    }

    @Test func `deleted text is overwritten, and foreign keys hold`() throws {
        let folder = try TemporaryFolder()
        let store = try self.open(folder.file("chatbox.db"))
        for pragma in ["secure_delete", "foreign_keys"] {
            let value = try store.write(now: 1) { transaction in
                try Int.fetchOne(transaction.db, sql: "PRAGMA \(pragma)")
            }
            #expect(value == 1, "\(pragma)")
        }
    }

    @Test func `an epoch lasts as long as its file`() throws {
        let folder = try TemporaryFolder()
        let first = try self.open(folder.file("a.db"))
        let epoch = first.epoch
        try first.close()
        #expect(try self.open(folder.file("a.db")).epoch == epoch)
        #expect(try self.open(folder.file("b.db")).epoch != epoch)
    }

    @Test func `a closed database is whole without its log`() throws {
        let fixture = try StoreFixture()
        let opened = try fixture.open("a")
        try fixture.send("Hello", key: "k1", in: opened.conversation)
        // A page was read, so that there are more connections than the writer.
        _ = try fixture.page(opened.conversation, .after(0))
        let path = fixture.folder.file("chatbox.db")
        try fixture.store.close()
        for suffix in ["-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: path + suffix)
        }
        let events = try self.open(path).read { transaction in
            try Int.fetchOne(transaction.db, sql: "SELECT count(*) FROM event")
        }
        #expect(events == 1)
    }

    @Test func `an emptied file is refused and left alone`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("chatbox.db")
        try Data().write(to: URL(filePath: path))
        #expect(try self.failure(path).exitCode == .badData)
        #expect(try Data(contentsOf: URL(filePath: path)).isEmpty)
    }

    @Test func `text instead of a database is refused and left alone`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("chatbox.db")
        let text = Data(String(repeating: "no database ", count: 200).utf8)
        try text.write(to: URL(filePath: path))
        #expect(try self.failure(path).exitCode == .badData)
        #expect(try Data(contentsOf: URL(filePath: path)) == text)
    }

    @Test func `another program's database is refused`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("chatbox.db")
        let foreign = try DatabaseQueue(path: path)
        try foreign.write { try $0.execute(sql: "CREATE TABLE theirs(x)") }
        try foreign.close()
        #expect(try self.failure(path).exitCode == .badData)
    }

    @Test func `a newer version's database is refused`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("chatbox.db")
        try self.open(path).close()
        let newer = try DatabaseQueue(path: path)
        try newer.write {
            try $0.execute(
                sql: "INSERT INTO grdb_migrations(identifier) VALUES ('999 from the future')")
        }
        try newer.close()
        #expect(try self.failure(path).exitCode == .configuration)
    }

    @Test func `a start that was cut leaves nothing in the way`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("chatbox.db")
        try Data("half".utf8).write(to: URL(filePath: path + ".new"))
        try self.open(path).close()
        #expect(!FileManager.default.fileExists(atPath: path + ".new"))
    }

    @Test func `a database in memory works and leaves no file`() throws {
        let store = try self.open(Store.memory)
        let web = try StoreFixture.session(store, "web", .reader)
        let opened = try store.write(now: 1) { transaction in
            try transaction.open(
                Open(peer: try #require(PeerID("v")), create: true), web
            ).1
        }
        #expect(opened.created)
        #expect(!FileManager.default.fileExists(atPath: Store.memory))
    }
}
