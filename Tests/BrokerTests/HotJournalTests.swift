import BrokerStore
import Foundation
import GRDB
import Testing

@testable import Broker

/// A database that a process left in the middle of a change, with the journal that undoes it.
@Suite struct HotJournalTests {
    /// A database as a restore leaves it, without SQLite's log, in which a change was half done.
    func interrupted(in folder: TemporaryFolder) throws -> String {
        let (whole, path) = (folder.file("whole.db"), folder.file("chatbox.db"))
        try DatabaseFile.make(whole)
        let queue = try DatabaseQueue(path: whole)
        try queue.writeWithoutTransaction { db in
            // With hardly a cache, changed pages go into the file before COMMIT.
            try db.execute(sql: "PRAGMA cache_size = 1; PRAGMA cache_spill = 1")
            try db.inTransaction {
                for number in 0..<500 {
                    let box = "\(number) " + String(repeating: "x", count: 2_000)
                    try db.execute(
                        sql: "INSERT INTO service(box, name) VALUES (?, 'half done')",
                        arguments: [box])
                }
                for ending in ["", "-journal"] {
                    try FileManager.default.copyItem(atPath: whole + ending, toPath: path + ending)
                }
                return .rollback
            }
        }
        try queue.close()
        return path
    }

    func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    @Test func `a half done change is undone at the start`() throws {
        let folder = try TemporaryFolder()
        let path = try self.interrupted(in: folder)
        // Else there is nothing to undo.
        #expect(try self.size(path) > 500_000 && self.size(path + "-journal") > 0)
        let store = try Store(
            path: path, boxes: try #require(Boxes("main=web,discord")), now: 1)
        let count = try store.read {
            try Int.fetchOne($0.db, sql: "SELECT count(*) FROM service WHERE name = 'half done'")
        }
        #expect(count == 0)
        try store.close()
        #expect(!FileManager.default.fileExists(atPath: path + "-journal"))
    }
}
