package import GRDB

/// Takes out of a database's file what was erased and still stands in parts of it that aren't used.
///
/// SQLite's secure_delete overwrites a row where it stands, but not where it stood before SQLite
/// moved it to another page; measured, a few of a hundred texts are left. Written anew, the file
/// holds what is there and nothing else.
package enum Overwriting {
    /// Up to this size in bytes the file is written anew in memory; a read-only container has no
    /// other place for it.
    private static let memoryBytes: Int64 = 67_108_864
    /// How long readers of what was there before are waited for, in milliseconds, before they are
    /// left alone for a while: everybody waits meanwhile.
    private static let readersMilliseconds = 50

    /// Whether something that was erased may stand in the file.
    package static func isNeeded(_ db: Database) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT NOT is_overwritten FROM life") ?? false
    }

    /// Writes the file anew, into its log. Outside of a transaction.
    package static func rewrite(_ db: Database) throws {
        let bytes = try Int64.fetchOne(
            db, sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        if bytes ?? 0 <= self.memoryBytes { try db.execute(sql: "PRAGMA temp_store = MEMORY") }
        defer { try? db.execute(sql: "PRAGMA temp_store = DEFAULT") }
        try db.execute(sql: "VACUUM")
    }

    /// Brings the log into the file and empties it; then nothing is left. Outside of a transaction.
    ///
    /// - Returns: whether that was possible; somebody may still be reading what was there before.
    package static func empty(_ db: Database, log busyMilliseconds: Int) throws -> Bool {
        try db.execute(sql: "PRAGMA busy_timeout = \(self.readersMilliseconds)")
        defer { try? db.execute(sql: "PRAGMA busy_timeout = \(busyMilliseconds)") }
        let isBusy = try Bool.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        guard isBusy == false else { return false }
        try db.execute(sql: "UPDATE life SET is_overwritten = 1")
        return true
    }
}
