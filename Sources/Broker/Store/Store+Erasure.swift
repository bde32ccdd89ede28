import BrokerStore
import FoundationEssentials
import GRDB
import ProcessShell
import Protocol

// Erasures beyond the transaction: the file beside the database, and what is left in unused pages.
extension Store {
    /// The milliseconds for which the connection waits for others' locks.
    private static let busyMilliseconds = 5_000

    /// Erases again what was erased before the copy that somebody put back, and overwrites what an
    /// earlier process didn't come to.
    ///
    /// - Throws: ``ProcessFailure`` if the file beside the database says what it can't.
    func eraseAgain(_ boxes: Boxes, now: Int64, notice: (String) -> Void) throws {
        let file = self.path == Self.memory ? nil : ErasedFile(beside: self.path)
        let entries = try file?.entries() ?? []
        let (count, erased) = try self.writer.write { db in
            let count = try Erasing.apply(
                entries, db, now: now, configured: try Self.configured(boxes, db))
            return (count, try Erasing.erased(db))
        }
        if count > 0 {
            notice(
                "What had been erased stood in \(self.path) again, as in a copy that was put back. It "
                    + "is erased again (\(count)).")
        }
        let known = Dictionary(uniqueKeysWithValues: entries.map { ($0.uid, $0.isDone) })
        try file?.add(erased.filter { known[$0.uid] == nil || $0.isDone && known[$0.uid] == false })
        guard try self.isOverwritingNeeded() else { return }
        try self.rewrite()
        if try !self.emptyLog() { notice("\(self.path) is being read by another process.") }
    }

    private static func configured(_ boxes: Boxes, _ db: Database) throws -> Set<Int64> {
        var configured: Set<Int64> = []
        for box in boxes.boxes {
            for service in box.services {
                let id = try Int64.fetchOne(
                    db, sql: "SELECT id FROM service WHERE box = ? AND name = ?",
                    arguments: [box.name.text, service.text])
                if let id { configured.insert(id) }
            }
        }
        return configured
    }

    /// Keeps beside the database what was erased in it; on disk when it returns.
    ///
    /// - Throws: ``ProcessFailure``.
    func keep(erased entries: [ErasedFile.Entry]) throws {
        guard self.path != Self.memory else { return }
        try ErasedFile(beside: self.path).add(entries)
    }

    /// Whether something that was erased may stand in unused parts of the file.
    func isOverwritingNeeded() throws -> Bool {
        try self.writer.read(Overwriting.isNeeded)
    }

    /// Writes the whole file anew, into its log; blocks.
    func rewrite() throws {
        try self.writer.writeWithoutTransaction(Overwriting.rewrite)
    }

    /// Empties the log; whether nobody stood in the way.
    func emptyLog() throws -> Bool {
        try self.writer.writeWithoutTransaction {
            try Overwriting.empty($0, log: Self.busyMilliseconds)
        }
    }

    /// The database's size in bytes.
    func bytes() throws -> Int64 {
        try self.writer.read { db in
            try Int64.fetchOne(
                db, sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        } ?? 0
    }

    /// The copies beside the database that ChatBox made before a time, in milliseconds since 1970.
    func copies(before time: Int64) -> [String] {
        guard self.path != Self.memory else { return [] }
        let folder = FilePlace.folder(of: self.path)
        let name = self.path.split(separator: "/").last.map(String.init) ?? self.path
        let stamp = DatabaseCopy.stamp(milliseconds: time)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { file in
            ["before", "replaced"].contains { kind in
                let prefix = "\(name).\(kind)-"
                return file.hasPrefix(prefix) && file.dropFirst(prefix.count) <= stamp
            }
        }.sorted().prefix(Limits.listedCopies).map { "\(folder)/\($0)" }
    }
}
