import BrokerStore
import Foundation
import GRDB
import ProcessShell
import Testing

@testable import Broker
@testable import BrokerStore

/// Databases that must not be opened: each is refused with its own sentence, and left as it is.
@Suite struct DatabasePlaceTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        self.folder = try TemporaryFolder()
        self.path = self.folder.file("chatbox.db")
    }

    func open() throws {
        let boxes = try #require(Boxes("main=web,discord"))
        try Store(path: self.path, boxes: boxes, now: 1).close()
    }

    /// Why it is refused; the file must be the same bytes afterwards.
    func refusal() throws -> ProcessFailure {
        let before = try? Data(contentsOf: URL(filePath: self.path))
        defer { #expect((try? Data(contentsOf: URL(filePath: self.path))) == before) }
        return try #require(#expect(throws: ProcessFailure.self) { try self.open() })
    }

    /// Changes bytes of a database that was closed.
    func damage(at offset: Int, _ bytes: [UInt8]) throws {
        var data = try Data(contentsOf: URL(filePath: self.path))
        data.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        try data.write(to: URL(filePath: self.path))
        chmod(self.path, 0o600)
    }

    @Test func `a truncated database is refused`() throws {
        try self.open()
        let data = try Data(contentsOf: URL(filePath: self.path))
        try data.prefix(data.count / 2 + 100).write(to: URL(filePath: self.path))
        chmod(self.path, 0o600)
        let failure = try self.refusal()
        #expect(failure.exitCode == .badData && failure.sentence.contains("chatbox restore"))
    }

    @Test func `a changed bit in a page that is used is found at the start`() throws {
        try self.open()
        let queue = try DatabaseQueue(path: self.path)
        let page = try queue.read { db in
            try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'service'")
        }
        try queue.close()
        // The kind of a page of a table's is 13: with one bit changed there is none of that kind.
        try self.damage(at: (try #require(page) - 1) * 4_096, [13 ^ 0x40])
        let failure = try self.refusal()
        #expect(failure.exitCode == .badData && failure.sentence.contains("damaged"))
    }

    @Test(arguments: [
        ("CREATE TRIGGER evil AFTER INSERT ON event BEGIN DELETE FROM side; END", "evil"),
        ("CREATE VIEW report AS SELECT * FROM event", "report"),
        ("DROP INDEX event_by_target", "event_by_target"),
        ("ALTER TABLE event ADD COLUMN extra TEXT", "event"),
    ])
    func `a schema that somebody changed is refused by name`(sql: String, name: String) throws {
        try self.open()
        let queue = try DatabaseQueue(path: self.path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
        let failure = try self.refusal()
        #expect(failure.exitCode == .badData && failure.sentence.contains("\"\(name)\""))
    }

    @Test func `another program's database keeps its journal mode`() throws {
        let queue = try DatabaseQueue(path: self.path)
        try queue.write { try $0.execute(sql: "CREATE TABLE theirs(x)") }
        try queue.close()
        chmod(self.path, 0o600)
        #expect(try self.refusal().sentence.contains("another program"))
    }

    @Test func `a folder is refused`() throws {
        try FileManager.default.createDirectory(
            atPath: self.path, withIntermediateDirectories: false)
        #expect(try self.refusal().sentence.contains("not a file"))
    }

    @Test func `a symbolic link is refused`() throws {
        symlink(self.folder.file("elsewhere.db"), self.path)
        #expect(try self.refusal().exitCode == .configuration)
        #expect(!FileManager.default.fileExists(atPath: self.folder.file("elsewhere.db")))
    }

    @Test func `a database that everybody can write is refused`() throws {
        try self.open()
        chmod(self.path, 0o666)
        let failure = try self.refusal()
        #expect(failure.exitCode == .notPermitted && failure.sentence.contains("chmod 600"))
    }

    @Test func `a database of another user is refused`() {
        let place = FilePlace(kind: .file, owner: 1_000)
        let failure = #expect(throws: ProcessFailure.self) { try place.check("p", user: 1_001) }
        #expect(failure?.exitCode == .notPermitted)
    }

    @Test(arguments: ["nfs4", "cifs", "9p", "vfat"])
    func `a file system without reliable locks is refused`(type: String) {
        let place = FilePlace(kind: .nothing, fileSystem: type)
        let failure = #expect(throws: ProcessFailure.self) { try place.check("p", user: 0) }
        #expect(failure?.sentence.contains(type) == true)
    }

    @Test(arguments: [("overlay", true), ("tmpfs", true), ("ext4", false), (nil, false)])
    func `a file system that ends with the container is warned of`(
        type: String?, warns: Bool
    ) throws {
        let place = FilePlace(kind: .file, owner: 0, fileSystem: type)
        #expect((try place.check("p", user: 0) != nil) == warns)
    }

    @Test func `the kernel's list of mounts tells a device's file system`() {
        let mounts = """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            36 22 0:31 / /mnt rw,relatime - nfs4 server:/x rw
            """
        #expect(MountedFileSystem.type(ofDevice: "8:1", in: mounts) == "ext4")
        #expect(MountedFileSystem.type(ofDevice: "0:31", in: mounts) == "nfs4")
        #expect(MountedFileSystem.type(ofDevice: "0:32", in: mounts) == nil)
        #expect(MountedFileSystem.type(ofDevice: "0:1", in: "odd\n1 2 0:1 x") == nil)
        #if os(Linux)
            #expect(MountedFileSystem.type(of: "/proc") == "proc")
        #endif
    }

    @Test func `a database that another process holds is waited for, then refused`() throws {
        try self.open()
        let holder = try DatabaseQueue(path: self.path)
        try holder.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
            let failure = #expect(throws: ProcessFailure.self) { try self.open() }
            #expect(failure?.exitCode == .temporary)
            try db.execute(sql: "ROLLBACK")
        }
        try holder.close()
        try self.open()
    }
}
