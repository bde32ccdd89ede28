import Crypto
import GRDB
import Protocol

/// The database inside one transaction or one snapshot: the SQL behind what requests do.
///
/// Functions that refuse do so before their first write, so that a refusal leaves its neighbours in
/// the batch as they are. Statements are prepared once a connection.
struct StoreTransaction {
    let db: Database
    /// The time of the transaction, in milliseconds since 1970.
    let now: Int64
    /// Which life of the database this is.
    let life: Life
    /// What a digest starts from by which a repeated send is compared with the first: it holds the
    /// key.
    let keyed: HMAC<SHA256>

    /// Which life of the database this is.
    var epoch: Epoch { self.life.epoch }

    /// The first row of a query, by a statement that is kept.
    func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
        try Row.fetchOne(self.db.cachedStatement(sql: sql), arguments: arguments)
    }

    /// The rows of a query, by a statement that is kept.
    func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        try Row.fetchAll(self.db.cachedStatement(sql: sql), arguments: arguments)
    }

    /// Runs a change, by a statement that is kept.
    func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try self.db.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

/// What a row holds isn't what this program writes: the file is damaged.
struct DamagedRow: Error, CustomStringConvertible {
    /// The table.
    var table: String
    /// The row.
    var row: Int64

    var description: String { "row \(self.row) of table \(self.table) is damaged" }
}
