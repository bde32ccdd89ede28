package import GRDB
internal import ProcessShell

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The database's file: what it must be before anything is written into it.
///
/// Every refusal leaves the file as it is, and says what to do.
package enum DatabaseFile {
    /// The path that stands for a database in memory, which ends with the process.
    package static let memory = ":memory:"

    /// How long another process that holds the database is waited for: longer than a reader's look,
    /// shorter than a supervisor's patience.
    private static let lockSeconds: Double = 5
    /// Up to this size in bytes the whole file is read at each start, which takes half a second when
    /// it is in memory still. A larger one would keep everybody waiting after each crash.
    private static let checkedBytes: Int64 = 268_435_456

    /// How connections of ours are set up.
    package static func configuration(
        label: String, isReadOnly: Bool = false
    ) -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.label = label
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(self.lockSeconds)
        configuration.prepareDatabase { db in
            // https://www.sqlite.org/security.html: an attacker may have written the schema.
            try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")
            try db.execute(sql: "PRAGMA secure_delete = ON;")
        }
        return configuration
    }

    /// Makes an empty database beside its place and moves it there when it is whole: a process that
    /// ends in the middle leaves no half of one.
    package static func make(_ path: String) throws {
        let unfinished = path + ".new"
        for leftover in [unfinished, unfinished + "-journal"] { unlink(leftover) }
        let queue = try DatabaseQueue(path: unfinished)
        // Nobody sees it before it is whole: to wait for the disk once, at the end, is enough.
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY")
        }
        try Schema.migrator.migrate(queue)
        try queue.close()
        try DatabaseCopy.synchronize(unfinished)
        guard rename(unfinished, path) == 0 else {
            throw ProcessFailure(
                .cannotCreate,
                "The database \(path) can't be made: \(String(cString: strerror(errno))).")
        }
        DatabaseCopy.synchronizeFolder(of: path)
    }

    /// Reads a database that lies there and says what is wrong with it.
    ///
    /// - Parameter isThorough: whether a large one is read whole too.
    /// - Returns: whether it was read whole.
    /// - Throws: ``ProcessFailure`` if it isn't ours, is newer than we, or is damaged.
    package static func check(_ path: String, isThorough: Bool = false) throws -> Bool {
        try self.naming(path) {
            do {
                return try self.read(path, isThorough)
            } catch let error as DatabaseError
                where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK
            {
                // A process ended while it wrote without SQLite's log, as the first one after a
                // restore does. Only who may write can undo that; there is no database before.
                let queue = try DatabaseQueue(path: path)
                defer { try? queue.close() }
                _ = try queue.read { try Int.fetchOne($0, sql: "SELECT 1 FROM sqlite_schema") }
            }
            return try self.read(path, isThorough)
        }
    }

    private static func read(_ path: String, _ isThorough: Bool) throws -> Bool {
        let queue = try DatabaseQueue(
            path: path, configuration: self.configuration(label: "check", isReadOnly: true))
        defer { try? queue.close() }
        return try queue.read { db in
            try self.checkOwner(of: db, path)
            try SchemaCheck.check(db, path)
            let bytes = try Int64.fetchOne(
                db,
                sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            guard isThorough || bytes ?? 0 <= self.checkedBytes else { return false }
            try self.checkWhole(db, path)
            return true
        }
    }

    private static func checkOwner(of db: Database, _ path: String) throws {
        let applicationID = try Int32.fetchOne(db, sql: "PRAGMA application_id")
        guard applicationID == Schema.applicationID else {
            throw ProcessFailure(
                .badData,
                "\(path) is a database of another program. Set CHATBOX_DATABASE to another path.")
        }
        guard try !Schema.migrator.hasBeenSuperseded(db) else {
            throw ProcessFailure(
                .configuration,
                "The database \(path) was written by a newer version of ChatBox. Install that "
                    + "version, or restore the copy that it made before its migration.")
        }
    }

    /// Reads every page.
    ///
    /// - Throws: ``ProcessFailure`` if one is damaged.
    package static func checkWhole(_ db: Database, _ path: String) throws {
        let fault = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
        guard fault == "ok" else { throw self.damaged(path, fault ?? "no answer") }
    }

    private static func damaged(_ path: String, _ fault: String) -> ProcessFailure {
        ProcessFailure(
            .badData,
            "The database \(path) is damaged (\(fault)). Restore a backup: chatbox restore FILE.")
    }

    /// Runs a body, and puts SQLite's errors into a sentence about the file.
    package static func naming<Result>(
        _ path: String, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            let fault = error.message ?? "\(error.resultCode)"
            switch error.resultCode {
            case .SQLITE_CORRUPT: throw self.damaged(path, fault)
            case .SQLITE_NOTADB:
                throw ProcessFailure(
                    .badData,
                    "\(path) is no SQLite database. Set CHATBOX_DATABASE to another path, or "
                        + "restore a backup: chatbox restore FILE.")
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                throw ProcessFailure(
                    .temporary,
                    "Another process holds the database \(path) for longer than "
                        + "\(Int(self.lockSeconds)) seconds. End that one (fuser \(path) names "
                        + "it) and start again.")
            case .SQLITE_FULL:
                throw ProcessFailure(
                    .inputOutput, "There is no space left for the database \(path). Free some.")
            case .SQLITE_IOERR:
                throw ProcessFailure(
                    .inputOutput, "The disk of the database \(path) fails: \(fault).")
            case .SQLITE_READONLY, .SQLITE_CANTOPEN:
                throw ProcessFailure(
                    .cannotCreate,
                    "The database \(path) can't be written (\(fault)). Make it, its folder and "
                        + "its file system writable for this user.")
            default:
                throw ProcessFailure(
                    .badData, "The database \(path) can't be opened: \(fault).")
            }
        }
    }
}
