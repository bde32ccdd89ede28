import GRDBSQLite

/// What SQLite alone does on this disk: the rows of a send, written by its C API.
enum SQLiteFloor {
    /// SQLite refused; says what and where.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Writes messages for some seconds, `batch` a transaction, with the broker's settings.
    ///
    /// - Returns: messages a second.
    static func rowsPerSecond(path: String, batch: Int, seconds: Int) throws -> Double {
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let db = opened else {
            throw Failure(description: "\(path) can't be opened.")
        }
        defer { sqlite3_close(db) }
        try self.execute(db, "PRAGMA journal_mode = WAL")
        try self.execute(db, "PRAGMA synchronous = FULL")
        try self.execute(db, "PRAGMA foreign_keys = ON")
        try self.execute(db, "PRAGMA secure_delete = ON")
        let first = try self.makeConversations(db, count: batch)
        let head = try self.prepare(
            db, "UPDATE conversation SET head = head + 1 WHERE id = ? RETURNING head")
        let insert = try self.prepare(
            db,
            """
            INSERT INTO event(conversation, seq, service, uid, at, kind, key, digest, revision,
                author, body, format)
            VALUES (?1, ?2, 1, randomblob(16), 1790000000000, 'message', hex(randomblob(16)),
                randomblob(16), 0, '{"id":"v","name":"Ann"}', ?3, 'plain')
            """)
        let wanted = try self.prepare(
            db, "UPDATE side SET wanted = ? WHERE conversation = ? AND service <> 1")
        defer { for statement in [head, insert, wanted] { sqlite3_finalize(statement) } }
        let clock = ContinuousClock()
        let start = clock.now
        let end = start.advanced(by: .seconds(seconds))
        var rows = 0
        while clock.now < end {
            try self.execute(db, "BEGIN IMMEDIATE")
            for index in 0..<batch {
                let conversation = first + Int64(index)
                sqlite3_reset(head)
                sqlite3_bind_int64(head, 1, conversation)
                guard sqlite3_step(head) == SQLITE_ROW else { throw self.failure(db) }
                let seq = sqlite3_column_int64(head, 0)
                sqlite3_reset(head)
                sqlite3_reset(insert)
                sqlite3_bind_int64(insert, 1, conversation)
                sqlite3_bind_int64(insert, 2, seq)
                try self.bind(Load.body, to: insert, 3, db)
                guard sqlite3_step(insert) == SQLITE_DONE else { throw self.failure(db) }
                sqlite3_reset(wanted)
                sqlite3_bind_int64(wanted, 1, seq)
                sqlite3_bind_int64(wanted, 2, conversation)
                guard sqlite3_step(wanted) == SQLITE_DONE else { throw self.failure(db) }
            }
            try self.execute(db, "COMMIT")
            rows += batch
        }
        return Double(rows) / ((clock.now - start) / .seconds(1))
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
