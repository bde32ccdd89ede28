internal import GRDB
internal import ProcessShell
internal import Synchronization

/// Compares a database's tables, indices, views and triggers with those that our migrations make.
///
/// A trigger that somebody added would run inside our transactions, and a table that somebody
/// dropped would be missed only when it is needed.
enum SchemaCheck {
    private struct Entry: Hashable {
        var type: String
        var name: String
        var sql: String
    }

    /// - Throws: ``ProcessFailure`` that names the first thing that is there and shouldn't be, or the
    ///   other way round.
    static func check(_ db: Database, _ path: String) throws {
        let applied = try Schema.migrator.appliedIdentifiers(db)
        let newest = Schema.migrator.migrations.last { applied.contains($0) }
        guard let newest else {
            throw self.failure(path, "holds no tables of ours")
        }
        let expected = try self.expected(upTo: newest)
        let found = try self.entries(db)
        if let extra = found.subtracting(expected).min(by: { $0.name < $1.name }) {
            throw self.failure(
                path,
                expected.contains { $0.name == extra.name }
                    ? "has another \(extra.type) \"\(extra.name)\" than ChatBox makes"
                    : "has a \(extra.type) \"\(extra.name)\" that ChatBox didn't make")
        }
        if let missing = expected.subtracting(found).min(by: { $0.name < $1.name }) {
            throw self.failure(path, "lacks the \(missing.type) \"\(missing.name)\"")
        }
    }

    /// What our migrations make, up to the one with that name.
    private static func expected(upTo newest: String) throws -> Set<Entry> {
        if let known = self.known.withLock({ $0[newest] }) { return known }
        let model = try DatabaseQueue()
        try Schema.migrator.migrate(model, upTo: newest)
        let entries = try model.read(self.entries)
        self.known.withLock { $0[newest] = entries }
        return entries
    }

    /// What the migrations make never changes, and costs more than all else that a start looks at.
    private static let known = Mutex<[String: Set<Entry>]>([:])

    private static func entries(_ db: Database) throws -> Set<Entry> {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT type, name, sql FROM sqlite_schema
                WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                """)
        return Set(rows.map { Entry(type: $0[0], name: $0[1], sql: $0[2]) })
    }

    private static func failure(_ path: String, _ fault: String) -> ProcessFailure {
        ProcessFailure(
            .badData,
            "The database \(path) \(fault), so it is left alone. Undo that, or restore a backup: "
                + "chatbox restore FILE.")
    }
}
