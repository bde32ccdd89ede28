import Foundation
import GRDB
import ProcessShell
import Protocol
import Testing

@testable import Broker
@testable import BrokerStore

/// Copies of a database, and their way back into its place.
@Suite struct CopyTests {
    let fixture: StoreFixture
    let uid: ConversationID
    let database: String

    init() throws {
        self.fixture = try StoreFixture()
        self.uid = try self.fixture.open("v1").conversation
        try self.fixture.send("kept", key: "k1", in: self.uid)
        self.database = self.fixture.folder.file("chatbox.db")
    }

    func file(_ name: String) -> String { self.fixture.folder.file(name) }

    func back(up name: String) throws -> Int64 {
        try DatabaseCopy.copy(self.fixture.store.writer, to: self.file(name))
    }

    func restore(_ name: String) throws -> String? {
        let restoration = try Restoration(of: self.file(name), over: self.database)
        defer { restoration.release() }
        return try restoration.run(now: 1_790_000_000_000).kept
    }

    func bodies(_ store: Store) throws -> [String] {
        let web = try StoreFixture.session(store, "web", .reader)
        return try store.read {
            try $0.page(History(conversation: self.uid, .after(0)), web).events.map(\.body)
        }
    }

    func reopened() throws -> Store {
        try Store(path: self.database, boxes: try #require(Boxes("main=web,discord")), now: 1)
    }

    @Test func `a copy is one whole file that nobody else can read`() throws {
        let bytes = try self.back(up: "b.db")
        let attributes = try FileManager.default.attributesOfItem(atPath: self.file("b.db"))
        #expect(attributes[.size] as? Int64 == bytes)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let left = try FileManager.default.contentsOfDirectory(atPath: self.fixture.folder.path)
        #expect(!left.contains { $0.hasPrefix("b.db") && $0 != "b.db" })
        #expect(try DatabaseFile.check(self.file("b.db"), isThorough: true))
    }

    @Test func `a database that runs can be checked whole`() throws {
        #expect(self.fixture.store.isChecked)
        try self.fixture.store.checkWhole()
    }

    @Test func `a copy replaces nothing`() throws {
        try Data("theirs".utf8).write(to: URL(filePath: self.file("b.db")))
        #expect(throws: ProcessFailure.self) { try self.back(up: "b.db") }
        #expect(try Data(contentsOf: URL(filePath: self.file("b.db"))) == Data("theirs".utf8))
    }

    @Test func `a copy into a folder that isn't there leaves nothing`() throws {
        let failure = #expect(throws: ProcessFailure.self) { try self.back(up: "no/b.db") }
        #expect(failure?.exitCode == .cannotCreate)
    }

    @Test func `a restored database has what the backup had, and another epoch`() throws {
        _ = try self.back(up: "b.db")
        try self.fixture.send("later", key: "k2", in: self.uid)
        let epoch = self.fixture.store.epoch
        try self.fixture.store.close()
        let kept = try #require(try self.restore("b.db"))
        let restored = try self.reopened()
        #expect(try self.bodies(restored) == ["kept"] && restored.epoch != epoch)
        try restored.close()
        // The one before is whole, with what came after the backup.
        try FileManager.default.removeItem(atPath: self.database)
        try FileManager.default.moveItem(atPath: kept, toPath: self.database)
        #expect(try self.bodies(self.reopened()) == ["kept", "later"])
    }

    @Test func `what a killed broker left in its log is kept with the old one`() throws {
        _ = try self.back(up: "b.db")
        try self.fixture.send("later", key: "k2", in: self.uid)
        // The store is still open, so that its log isn't part of the file: as after kill -9.
        let kept = try #require(try self.restore("b.db"))
        let old = try DatabaseQueue(path: kept)
        let count = try old.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM event") }
        #expect(count == 2)
        #expect(!FileManager.default.fileExists(atPath: self.database + "-wal"))
    }

    @Test func `a database that is gone is restored too`() throws {
        _ = try self.back(up: "b.db")
        try self.fixture.store.close()
        for suffix in ["", "-wal", "-shm"] { unlink(self.database + suffix) }
        #expect(try self.restore("b.db") == nil)
        #expect(try self.bodies(self.reopened()) == ["kept"])
    }

    @Test func `an older copy put in place by hand begins a new epoch`() throws {
        _ = try self.back(up: "b.db")
        try self.fixture.send("later", key: "k2", in: self.uid)
        let epoch = self.fixture.store.epoch
        try self.fixture.store.close()
        try self.reopened().close()
        for suffix in ["", "-wal", "-shm"] { unlink(self.database + suffix) }
        try FileManager.default.copyItem(atPath: self.file("b.db"), toPath: self.database)
        var notices: [String] = []
        let boxes = try #require(Boxes("main=web,discord"))
        let older = try Store(path: self.database, boxes: boxes, now: 1) { notices.append($0) }
        #expect(older.epoch != epoch && notices.contains { $0.contains("new epoch") })
        try older.close()
        #expect(try self.reopened().epoch == older.epoch, "once is enough")
    }

    @Test(arguments: ["", "odd", "a b c", "\u{0}", "00 99999999999999999999"])
    func `a note that says nothing changes nothing`(note: String) throws {
        let epoch = self.fixture.store.epoch
        try self.fixture.store.close()
        try Data(note.utf8).write(to: URL(filePath: self.database + ".life"))
        #expect(try self.reopened().epoch == epoch)
    }

    enum Trouble: CaseIterable {
        case missing, empty, text, foreign, newer, truncated, itself, running

        /// Makes the trouble; the code with which it is refused.
        func make(_ test: CopyTests) throws -> ExitCode {
            let path = test.file("b.db")
            _ = try self == .missing ? 0 : test.back(up: "b.db")
            switch self {
            case .missing: return .missing
            case .empty:
                try Data().write(to: URL(filePath: path))
            case .text:
                try Data(String(repeating: "text ", count: 999).utf8).write(
                    to: URL(filePath: path))
            case .foreign: try self.change(path, "PRAGMA application_id = 7")
            case .newer:
                try self.change(path, "INSERT INTO grdb_migrations VALUES ('999')")
                return .configuration
            case .truncated:
                let data = try Data(contentsOf: URL(filePath: path))
                try data.prefix(data.count - 5_000).write(to: URL(filePath: path))
            case .itself:
                unlink(path)
                link(test.database, path)
                return .usage
            case .running: return .temporary
            }
            return .badData
        }

        private func change(_ path: String, _ sql: String) throws {
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: sql) }
            try queue.close()
        }
    }

    @Test(arguments: Trouble.allCases)
    func `what can't be restored changes nothing`(trouble: Trouble) throws {
        let expected = try trouble.make(self)
        try self.fixture.store.close()
        let before = try Data(contentsOf: URL(filePath: self.database))
        let lock = trouble == .running ? try FileLock(beside: self.database, of: "database") : nil
        defer { lock?.release() }
        let failure = #expect(throws: ProcessFailure.self) { try self.restore("b.db") }
        #expect(failure?.exitCode == expected)
        #expect(try Data(contentsOf: URL(filePath: self.database)) == before)
        let left = try FileManager.default.contentsOfDirectory(atPath: self.fixture.folder.path)
        #expect(!left.contains { $0.contains("replaced") || $0.contains("restoring") })
    }
}
