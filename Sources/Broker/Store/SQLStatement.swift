import FoundationEssentials
import GRDB
import GRDBSQLite
import Protocol

/// A value that a statement is given.
enum SQLValue {
    case null
    case integer(Int64)
    case text(String)
    case blob(Data)
    /// 16 bytes, big-endian.
    case bits(Bits128)

    /// An integer, or `NULL`.
    static func integer(_ value: Int64?) -> SQLValue {
        value.map { .integer($0) } ?? .null
    }
}

/// A statement of the path that every message takes: bound and read through SQLite's C API.
///
/// GRDB's arguments and rows box each value, which costs several times what SQLite itself takes;
/// that matters here and nowhere else. GRDB prepares the statement, keeps it for its connection, and
/// runs the transactions.
struct SQLStatement {
    private let statement: Statement
    private var pointer: OpaquePointer { self.statement.sqliteStatement }

    /// The connection's statement of this text, prepared at its first use.
    init(_ sql: String, _ db: Database) throws {
        self.statement = try db.cachedStatement(sql: sql)
    }

    /// Runs the statement until a body has read enough; it may ask for no row of the same statement.
    ///
    /// - Parameters:
    ///   - values: one for each parameter, in order.
    ///   - read: reads a row; whether it wants the next one.
    /// - Throws: what the body throws, or SQLite's error.
    func run(_ values: [SQLValue], _ read: (SQLColumns) throws -> Bool = { _ in true }) throws {
        let pointer = self.pointer
        // Before the binding too: whoever threw out of a row leaves the statement there.
        sqlite3_reset(pointer)
        defer { sqlite3_reset(pointer) }
        assert(Int(sqlite3_bind_parameter_count(pointer)) == values.count)
        var index: Int32 = 0
        for value in values {
            index += 1
            guard Self.bind(value, to: pointer, index) == SQLITE_OK else { throw self.error }
        }
        while true {
            switch sqlite3_step(pointer) {
            case SQLITE_ROW:
                guard try read(SQLColumns(row: pointer)) else { return }
            case SQLITE_DONE: return
            default: throw self.error
            }
        }
    }

    private static func bind(_ value: SQLValue, to pointer: OpaquePointer, _ index: Int32) -> Int32
    {
        switch value {
        case .null: sqlite3_bind_null(pointer, index)
        case .integer(let integer): sqlite3_bind_int64(pointer, index, integer)
        case .text(var text):
            text.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) { bytes in
                    sqlite3_bind_text(
                        // An empty text is one too, where no pointer would be NULL.
                        pointer, index, bytes.baseAddress ?? Self.nothing,
                        Int32(clamping: bytes.count), Self.copied)
                }
            }
        case .blob(let data):
            data.withUnsafeBytes { bytes in
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(pointer, index, 0)
                    : sqlite3_bind_blob(
                        pointer, index, bytes.baseAddress, Int32(clamping: bytes.count),
                        Self.copied)
            }
        case .bits(let bits):
            withUnsafeBytes(of: (bits.high.bigEndian, bits.low.bigEndian)) { bytes in
                sqlite3_bind_blob(pointer, index, bytes.baseAddress, 16, Self.copied)
            }
        }
    }

    /// `SQLITE_TRANSIENT`, a macro that Swift can't see: SQLite copies what it is given.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    private static var nothing: UnsafePointer<CChar> {
        let empty: StaticString = ""
        return UnsafeRawPointer(empty.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    private var error: DatabaseError {
        let connection = sqlite3_db_handle(self.pointer)
        return DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
            message: String(cString: sqlite3_errmsg(connection)), sql: self.statement.sql)
    }
}

/// The row on which a statement stands. It ends with the body that it is given to.
struct SQLColumns {
    private let row: OpaquePointer

    fileprivate init(row: OpaquePointer) { self.row = row }

    /// Whether a column is `NULL`.
    func isNull(_ column: Int32) -> Bool {
        sqlite3_column_type(self.row, column) == SQLITE_NULL
    }

    /// An integer; 0 where the column is `NULL`.
    func integer(_ column: Int32) -> Int64 {
        sqlite3_column_int64(self.row, column)
    }

    /// An integer, or `nil` where the column is `NULL`.
    func optionalInteger(_ column: Int32) -> Int64? {
        self.isNull(column) ? nil : self.integer(column)
    }

    /// A truth value.
    func bool(_ column: Int32) -> Bool { self.integer(column) != 0 }

    /// A text, or one that a blob's bytes are; empty where the column is `NULL`.
    func text(_ column: Int32) -> String {
        // In this order: the bytes are counted of what the first call made.
        guard let bytes = sqlite3_column_blob(self.row, column) else { return "" }
        let count = Int(sqlite3_column_bytes(self.row, column))
        return String(
            decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// A text, or `nil` where the column is `NULL`.
    func optionalText(_ column: Int32) -> String? {
        self.isNull(column) ? nil : self.text(column)
    }

    /// The bits of 16 bytes, or `nil` if the column is `NULL` or has more or fewer.
    func bits(_ column: Int32) -> Bits128? {
        guard sqlite3_column_bytes(self.row, column) == 16,
            let bytes = sqlite3_column_blob(self.row, column)
        else { return nil }
        func half(_ offset: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        return Bits128(high: half(0), low: half(8))
    }
}

extension StoreTransaction {
    /// Runs a change of the path that every message takes.
    func run(_ sql: String, _ values: SQLValue...) throws {
        try SQLStatement(sql, self.db).run(values)
    }

    /// Reads the first row of a query of the path that every message takes.
    func first<Result>(
        _ sql: String, _ values: SQLValue..., read: (SQLColumns) throws -> Result
    ) throws -> Result? {
        var result: Result?
        try SQLStatement(sql, self.db).run(values) { columns in
            result = try read(columns)
            return false
        }
        return result
    }

    /// Reads the rows of a query of the path that every message takes, until the body wants no more.
    func each(
        _ sql: String, _ values: SQLValue..., read: (SQLColumns) throws -> Bool
    ) throws {
        try SQLStatement(sql, self.db).run(values, read)
    }
}
