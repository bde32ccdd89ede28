internal import FoundationEssentials
internal import GRDB
internal import ProcessShell

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Puts a backup in the place of a database while no broker runs.
///
/// The restored one gets a new epoch: whoever has seen the old one learns that its numbers say
/// nothing any more. The old one is kept. Where anything stands in the way nothing is changed.
package struct Restoration: Sendable {
    private let backup: String
    private let database: String
    private let lock: FileLock

    /// Takes the database's place, so that no broker starts meanwhile, and checks the backup whole.
    ///
    /// - Throws: ``ProcessFailure`` that says what stands in the way.
    package init(of backup: String, over database: String) throws {
        self.backup = backup
        self.database = database
        var found = stat()
        guard stat(backup, &found) == 0 else {
            throw ProcessFailure(
                .missing, "The backup \(backup) can't be read: \(Self.systemError).")
        }
        guard found.st_mode & S_IFMT == S_IFREG else {
            throw ProcessFailure(.missing, "The backup \(backup) is not a file.")
        }
        guard found.st_size > 0 else {
            throw ProcessFailure(.badData, "The backup \(backup) is empty. Name another.")
        }
        self.lock = try FileLock(beside: database, of: "database")
        do {
            try Self.check(database, isOtherThan: found, backup)
            _ = try DatabaseFile.check(backup, isThorough: true)
        } catch {
            self.lock.release()
            throw error
        }
    }

    private static var systemError: String { String(cString: strerror(errno)) }

    private static func check(
        _ database: String, isOtherThan backup: stat, _ path: String
    ) throws(ProcessFailure) {
        var status = stat()
        guard lstat(database, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ProcessFailure(
                .badData,
                "\(database) is not a file. Set CHATBOX_DATABASE to the database's own path.")
        }
        guard status.st_dev != backup.st_dev || status.st_ino != backup.st_ino else {
            throw ProcessFailure(
                .usage, "\(path) is the database itself. Name a backup of it.")
        }
        guard status.st_uid == geteuid() || geteuid() == 0 else {
            throw ProcessFailure(
                .notPermitted,
                "The database \(database) belongs to user \(status.st_uid). Restore as that user.")
        }
    }

    /// Lets a broker start again. Call it once, at the end.
    package func release() {
        self.lock.release()
    }

    /// Restores.
    ///
    /// - Parameter now: in milliseconds since 1970.
    package func run(now: Int64) throws -> Restored {
        let stamp = DatabaseCopy.stamp(milliseconds: now)
        let staged = "\(self.database).restoring-\(stamp)"
        defer { unlink(staged) }
        let erased = try self.stage(staged, now: now)
        var status = stat()
        guard lstat(self.database, &status) == 0 else {
            try self.place(staged)
            return Restored(kept: nil, erased: erased)
        }
        // A restore by root must leave a file that the broker's user may open.
        guard geteuid() != 0 || chown(staged, status.st_uid, status.st_gid) == 0 else {
            throw DatabaseCopy.systemFailure(staged)
        }
        let kept = "\(self.database).replaced-\(stamp)"
        try self.keep(as: kept)
        try self.place(staged)
        return Restored(kept: kept, erased: erased)
    }

    /// What a restore came to.
    package struct Restored: Equatable, Sendable {
        /// Where the old database is kept; `nil` if there was none.
        package var kept: String?
        /// How many conversations of the backup had been erased since, and were again.
        package var erased: Int
    }

    /// Makes the database that will be put in place: a whole copy with an epoch of its own, without
    /// what was erased since.
    private func stage(_ staged: String, now: Int64) throws -> Int {
        let erased = try ErasedFile(beside: self.database).entries()
        try DatabaseFile.naming(self.backup) {
            let source = try DatabaseQueue(
                path: self.backup,
                configuration: DatabaseFile.configuration(label: "backup", isReadOnly: true))
            defer { try? source.close() }
            try DatabaseCopy.copy(source, to: staged)
        }
        return try DatabaseFile.naming(staged) {
            var generator = SystemRandomNumberGenerator()
            let epoch = Data(
                (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
            let queue = try DatabaseQueue(
                path: staged, configuration: DatabaseFile.configuration(label: "restored"))
            // Only this version's form knows erasures.
            if !erased.isEmpty { try Schema.migrator.migrate(queue) }
            let count = try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.execute(sql: "UPDATE life SET epoch = ?", arguments: [epoch])
                guard !erased.isEmpty else { return 0 }
                var count = 0
                try db.inTransaction {
                    count = try Erasing.apply(erased, db, now: now)
                    return .commit
                }
                try Overwriting.rewrite(db)
                return count
            }
            try queue.close()
            return count
        }
    }

    /// Gives the old database another name, together with the log beside it.
    ///
    /// The log must not stay: SQLite would play it into the new file.
    private func keep(as kept: String) throws {
        // Where the old one can still be read its log becomes part of it; if it can't, both are kept.
        if let old = try? DatabaseQueue(path: self.database) {
            _ = try? old.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
            try? old.close()
        }
        for suffix in ["", "-wal"] {
            guard link(self.database + suffix, kept + suffix) == 0 || errno == ENOENT else {
                let failure = DatabaseCopy.systemFailure(kept + suffix)
                unlink(kept)
                throw failure
            }
        }
        DatabaseCopy.synchronizeFolder(of: kept)
        unlink(self.database + "-wal")
        unlink(self.database + "-shm")
    }

    private func place(_ staged: String) throws {
        guard rename(staged, self.database) == 0 else {
            throw DatabaseCopy.systemFailure(self.database)
        }
        DatabaseCopy.synchronizeFolder(of: self.database)
    }
}
