import GRDBSQLite

/// What SQLite alone does on this disk: the rows of messages, written by its C API.
final class SQLiteFloor {
    /// Which rows a message is.
    enum Rows {
        /// What a send stores.
        case sent
        /// The same, and what the acknowledgement of the message before it stores: cursor, far-side
        /// id and receipt. What the broker writes for a message that arrives.
        case acknowledged
    }

    /// SQLite refused; says what and where.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let db: OpaquePointer
    private let raiseHead: OpaquePointer
    private let insert: OpaquePointer
    private let want: OpaquePointer
    private let keepExternal: OpaquePointer
    private let raiseVersion: OpaquePointer
    private let advance: OpaquePointer

    /// Opens a database of the broker's schema, with the broker's settings.
    init(path: String) throws {
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let db = opened else {
            throw Failure(description: "\(path) can't be opened.")
        }
        self.db = db
        for pragma in [
            "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON",
        ] { try Self.execute(db, "PRAGMA \(pragma)") }
        self.raiseHead = try Self.prepare(
            db, "UPDATE conversation SET head = head + 1 WHERE id = ? RETURNING head")
        self.insert = try Self.prepare(
            db,
            """
            INSERT INTO event(conversation, seq, service, uid, at, kind, key, digest, revision,
                author, body, format)
            VALUES (?1, ?2, 1, randomblob(16), 1790000000000, 'message', hex(randomblob(16)),
                randomblob(16), 0, '{"id":"v","name":"Ann"}', ?3, 'plain')
            """)
        self.want = try Self.prepare(
            db, "UPDATE side SET wanted = ? WHERE conversation = ? AND service <> 1")
        self.keepExternal = try Self.prepare(
            db,
            """
            INSERT INTO external_id(conversation, service, seq, part, id)
            VALUES (?, 2, ?, 0, '1574300000000000001')
            """)
        self.raiseVersion = try Self.prepare(
            db,
            """
            UPDATE box SET receipt_version = receipt_version + 1 WHERE name = 'main'
            RETURNING receipt_version
            """)
        self.advance = try Self.prepare(
            db,
            """
            UPDATE side SET handled = ?1, delivered = ?1, version = ?2
            WHERE conversation = ?3 AND service = 2
            """)
    }

    deinit {
        for statement in [
            self.raiseHead, self.insert, self.want, self.keepExternal, self.raiseVersion,
            self.advance,
        ] { sqlite3_finalize(statement) }
        sqlite3_close(self.db)
    }

    /// Writes messages for some seconds, `batch` a transaction.
    ///
    /// - Returns: messages a second.
    func messagesPerSecond(_ rows: Rows, batch: Int, seconds: Int) throws -> Double {
        let first = try Self.makeConversations(self.db, count: batch)
        let clock = ContinuousClock()
        let start = clock.now
        let end = start.advanced(by: .seconds(seconds))
        var messages = 0
        while clock.now < end {
            try Self.execute(self.db, "BEGIN IMMEDIATE")
            for index in 0..<batch {
                let conversation = first + Int64(index)
                let seq = try self.send(conversation)
                if rows == .acknowledged, seq > 1 { try self.acknowledge(conversation, seq - 1) }
            }
            try Self.execute(self.db, "COMMIT")
            messages += batch
        }
        return Double(messages) / ((clock.now - start) / .seconds(1))
    }

    private func send(_ conversation: Int64) throws -> Int64 {
        let seq = try self.run(self.raiseHead, conversation)
        sqlite3_reset(self.insert)
        sqlite3_bind_int64(self.insert, 1, conversation)
        sqlite3_bind_int64(self.insert, 2, seq)
        try Self.bind(Load.body, to: self.insert, 3, self.db)
        guard sqlite3_step(self.insert) == SQLITE_DONE else { throw Self.failure(self.db) }
        try self.run(self.want, seq, conversation)
        return seq
    }

    private func acknowledge(_ conversation: Int64, _ seq: Int64) throws {
        try self.run(self.keepExternal, conversation, seq)
        let version = try self.run(self.raiseVersion)
        try self.run(self.advance, seq, version, conversation)
    }

    /// Runs a statement; the number that it returns, if it returns one.
    @discardableResult
    private func run(_ statement: OpaquePointer, _ values: Int64...) throws -> Int64 {
        for (index, value) in values.enumerated() {
            sqlite3_bind_int64(statement, Int32(index + 1), value)
        }
        defer { sqlite3_reset(statement) }
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return sqlite3_column_int64(statement, 0)
        case SQLITE_DONE: return 0
        default: throw Self.failure(self.db)
        }
    }

    /// Makes conversations with both sides; the row of the first.
    private static func makeConversations(_ db: OpaquePointer, count: Int) throws -> Int64 {
        try self.execute(db, "BEGIN IMMEDIATE")
        var first: Int64?
        for _ in 0..<count {
            try self.execute(
                db,
                """
                INSERT INTO conversation(uid, box, opened_by, opened_at)
                VALUES (randomblob(16), 'main', 1, 1790000000000)
                """)
            let row = sqlite3_last_insert_rowid(db)
            first = first ?? row
            try self.execute(
                db,
                "INSERT INTO side(conversation, service) SELECT \(row), id FROM service")
        }
        try self.execute(db, "COMMIT")
        return first ?? 1
    }

    private static func execute(_ db: OpaquePointer, _ sql: String) throws {
        guard sqlite3_exec(db, sql, nil, nil, nil) == SQLITE_OK else { throw self.failure(db) }
    }

    private static func prepare(_ db: OpaquePointer, _ sql: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(db, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw self.failure(db)
        }
        return statement
    }

    private static func bind(
        _ text: String, to statement: OpaquePointer, _ index: Int32, _ db: OpaquePointer
    ) throws {
        // SQLITE_TRANSIENT, a macro that Swift can't see: SQLite copies the text.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        guard sqlite3_bind_text(statement, index, text, -1, transient) == SQLITE_OK else {
            throw self.failure(db)
        }
    }

    private static func failure(_ db: OpaquePointer) -> Failure {
        Failure(description: "SQLite: \(String(cString: sqlite3_errmsg(db)))")
    }
}
