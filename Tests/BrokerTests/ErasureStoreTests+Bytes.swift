import Foundation
import GRDB
import Protocol
import Testing

@testable import Broker

// What is left of it in the file's bytes.
extension ErasureStoreTests {
    @Test(arguments: 1...3)
    func `nothing is left in unused parts of the file`(seed: Int) throws {
        // Rows of all sizes that grow and move from page to page.
        var generator = SeededGenerator(seed: UInt64(seed))
        let uids = try (0..<12).map { try self.fixture.open("p\($0)").conversation }
        for step in 0..<400 {
            let index = Int.random(in: 0..<12, using: &generator)
            let count = [1, 2, 40, 400].randomElement(using: &generator) ?? 1
            try self.fixture.send(
                String(repeating: "<CANARY\(index)>", count: count), key: "s\(step)",
                in: uids[index])
            guard step % 7 == 0 else { continue }
            try self.fixture.write { transaction, id in
                let edit = Edit(
                    conversation: uids[index], key: try self.key("e\(step)"),
                    target: try self.key("s\(step)"), revision: 1, author: self.author,
                    body: "<CANARY\(index)> edited")
                _ = try transaction.edit(edit, id: id, self.fixture.web)
                let row = try transaction.conversation(uids[index], self.fixture.web)
                _ = try transaction.merge(
                    ["page": String(repeating: "<CANARY\(index)>", count: count % 50 + 1)], row)
            }
        }
        for index in stride(from: 0, to: 12, by: 2) { try self.erase(uids[index]) }
        try self.fixture.store.rewrite()
        #expect(try self.fixture.store.emptyLog())
        let path = self.fixture.folder.file("chatbox.db")
        let bytes =
            try Data(contentsOf: URL(filePath: path))
            + Data(contentsOf: URL(filePath: path + "-wal"))
        for index in 0..<12 {
            let isThere = bytes.range(of: Data("<CANARY\(index)>".utf8)) != nil
            #expect(isThere == (index % 2 == 1), "\(index)")
        }
        #expect(try !self.fixture.store.isOverwritingNeeded())
    }

    @Test func `a broker that died right after it is overwritten at the next start`() throws {
        let (_, begun) = try self.erase()
        try self.fixture.store.keep(erased: begun.entries)
        // What a killed process leaves: the file and its log as they are at this moment.
        let elsewhere = try TemporaryFolder()
        for name in ["chatbox.db", "chatbox.db-wal", "chatbox.db.erased"] {
            try FileManager.default.copyItem(
                atPath: self.fixture.folder.file(name), toPath: elsewhere.file(name))
        }
        func holdsIt() throws -> Bool {
            try ["chatbox.db", "chatbox.db-wal"].contains { name in
                let path = elsewhere.file(name)
                guard FileManager.default.fileExists(atPath: path) else { return false }
                return try Data(contentsOf: URL(filePath: path)).range(of: Data("CANARY".utf8))
                    != nil
            }
        }
        #expect(try holdsIt(), "in its log")
        let boxes = try #require(Boxes("main=web,discord"))
        let store = try Store(path: elsewhere.file("chatbox.db"), boxes: boxes, now: 7_000)
        let erasure = try store.read { try $0.erasure(of: self.uid) }
        #expect(erasure.isOverwritten && erasure.at == 5_000 && erasure.waiting.count == 1)
        try store.close()
        #expect(try !holdsIt())
    }

    @Test func `who still reads what was there is waited for`() throws {
        try self.erase()
        try self.fixture.store.rewrite()
        let isReading = DispatchSemaphore(value: 0)
        let mayEnd = DispatchSemaphore(value: 0)
        let store = self.fixture.store
        let reader = Thread {
            try? store.writer.read { db in
                _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM event")
                isReading.signal()
                mayEnd.wait()
            }
        }
        reader.start()
        isReading.wait()
        try self.fixture.store.rewrite()
        #expect(try !self.fixture.store.emptyLog())
        #expect(try self.fixture.store.isOverwritingNeeded())
        mayEnd.signal()
        while try !self.fixture.store.emptyLog() {}
        #expect(try !self.fixture.store.isOverwritingNeeded())
    }
}
