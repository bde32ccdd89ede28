package import FoundationEssentials
package import GRDB

/// The steps of an erasure in the database, each within the caller's transaction.
///
/// Everything that was said goes with the first step. What is left is an event without a text, and of
/// each service that has yet to remove its side what it needs for that: its name for the conversation
/// and its ids of the events. The last service's acknowledgement takes that away too.
package enum Erasing {
    /// The kind of an erasure's event.
    package static let kind = "erasure"

    /// Takes away what a conversation holds, and lets every service that ever had a consumer want the
    /// event that says so.
    ///
    /// - Parameters:
    ///   - now: in milliseconds since 1970.
    ///   - eventID: 16 random bytes.
    ///   - configured: the rows of the services that may still come; `nil` for all.
    /// - Returns: whether nobody holds anything of it, so that it is over.
    @discardableResult
    package static func begin(
        _ conversation: Int64, _ db: Database, now: Int64, eventID: Data,
        configured: Set<Int64>? = nil
    ) throws -> Bool {
        try self.removePictures(of: conversation, db)
        for table in ["event", "reserved_key", "failure", "suspect", "credential"] {
            try self.delete(from: table, conversation, db)
        }
        let holders = try Int64.fetchAll(
            db,
            sql: """
                SELECT side.service FROM side JOIN service ON service.id = side.service
                WHERE side.conversation = ? AND service.generation > 0
                """, arguments: [conversation]
        ).filter { configured?.contains($0) ?? true }
        for service in try Int64.fetchAll(
            db, sql: "SELECT service FROM side WHERE conversation = ?", arguments: [conversation])
        where !holders.contains(service) {
            try self.forget(conversation, service, db)
        }
        try db.execute(
            sql: """
                UPDATE conversation SET head = head + 1, properties = '{}', closed = 0,
                    opened_at = 0, erasure = 'under way', erased_at = ?
                WHERE id = ?
                """, arguments: [now, conversation])
        try db.execute(
            sql: """
                INSERT INTO event(conversation, seq, service, uid, at, kind, key, digest, author,
                    body, format)
                SELECT conversation.id, head, service.id, ?, ?, ?, 'erasure', x'',
                    '{"id":"chatbox","name":"ChatBox"}', '', 'plain'
                FROM conversation JOIN service ON service.box = '' AND service.name = 'chatbox'
                WHERE conversation.id = ?
                """, arguments: [eventID, now, self.kind, conversation])
        try db.execute(
            sql: """
                UPDATE side SET mark = NULL, delivered = 0, seen = 0, blocks = 0, version = 0,
                    handled = conversation.head - 1, wanted = conversation.head
                FROM conversation
                WHERE side.conversation = ?1 AND conversation.id = ?1
                """, arguments: [conversation])
        return try self.end(conversation, db)
    }

    /// Lets services that have set an erasure aside try again.
    package static func retry(_ conversation: Int64, _ db: Database) throws {
        try self.delete(from: "failure", conversation, db)
        try db.execute(
            sql: "UPDATE side SET handled = wanted - 1 WHERE conversation = ?",
            arguments: [conversation])
    }

    /// A service has removed its side.
    ///
    /// - Returns: whether it was the last, so that the erasure is over.
    package static func acknowledged(
        _ conversation: Int64, by service: Int64, _ db: Database
    ) throws -> Bool {
        try self.forget(conversation, service, db)
        return try self.end(conversation, db)
    }

    /// Ends the erasure if nobody holds anything of it any more.
    private static func end(_ conversation: Int64, _ db: Database) throws -> Bool {
        try db.execute(sql: "UPDATE life SET is_overwritten = 0")
        let isHeld = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM side WHERE conversation = ?)",
            arguments: [conversation])
        guard isHeld == false else { return false }
        for table in ["event", "external_id"] { try self.delete(from: table, conversation, db) }
        try db.execute(
            sql: "UPDATE conversation SET erasure = 'done' WHERE id = ?", arguments: [conversation])
        return true
    }

    /// Erases again what stands in the database though it was erased, as in a copy that was put
    /// back; and lets erasures that wait for services that no longer are end.
    ///
    /// - Parameters:
    ///   - entries: what was erased, as the file beside the database says.
    ///   - configured: the rows of the services that may still come; `nil` for all.
    /// - Returns: how many conversations were there again.
    package static func apply(
        _ entries: [ErasedFile.Entry], _ db: Database, now: Int64, configured: Set<Int64>? = nil
    ) throws -> Int {
        var count = 0
        for entry in entries {
            let uid = Data(entry.uid.bytes)
            let row = try Row.fetchOne(
                db, sql: "SELECT id, erasure FROM conversation WHERE uid = ?", arguments: [uid])
            if let row {
                guard row[1] == nil else { continue }
                try self.begin(
                    row[0], db, now: now, eventID: self.randomID(), configured: configured)
                count += 1
            } else if let made = try self.remake(entry, db) {
                try self.begin(
                    made, db, now: now, eventID: self.randomID(), configured: configured)
            } else {
                try self.bury(uid, at: entry.at, db)
            }
        }
        if let configured { try self.release(keeping: configured, db) }
        return count
    }

    /// No conversation may have this uid.
    package static func bury(_ uid: Data, at: Int64, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR IGNORE INTO tombstone(uid, at) VALUES (?, ?)", arguments: [uid, at])
    }

    /// A conversation that the database never had, of which services may hold something: its row.
    private static func remake(_ entry: ErasedFile.Entry, _ db: Database) throws -> Int64? {
        guard !entry.isDone else { return nil }
        try db.execute(
            sql: """
                INSERT INTO conversation(uid, box, opened_by, opened_at)
                SELECT ?, ?, id, 0 FROM service WHERE box = '' AND name = 'chatbox'
                """, arguments: [Data(entry.uid.bytes), entry.box])
        let made = db.lastInsertedRowID
        try db.execute(
            sql: "INSERT INTO side(conversation, service) SELECT ?, id FROM service WHERE box = ?",
            arguments: [made, entry.box])
        return made
    }

    /// A service that no longer is holds nothing up.
    private static func release(keeping configured: Set<Int64>, _ db: Database) throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT side.conversation, side.service FROM conversation
                JOIN side ON side.conversation = conversation.id
                WHERE conversation.erasure = 'under way'
                """)
        for row in rows where !configured.contains(row[1]) {
            _ = try self.acknowledged(row[0], by: row[1], db)
        }
    }

    /// Everything that the database knows to be erased.
    package static func erased(_ db: Database) throws -> [ErasedFile.Entry] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT uid, box, erased_at, erasure = 'done' FROM conversation
                WHERE erasure IS NOT NULL
                UNION ALL SELECT uid, '-', at, 1 FROM tombstone
                """)
        return rows.compactMap { row in
            ErasedUID(bytes: row[0] as Data).map {
                ErasedFile.Entry(uid: $0, box: row[1], at: row[2] ?? 0, isDone: row[3])
            }
        }
    }

    // MARK: Inside

    private static func forget(_ conversation: Int64, _ service: Int64, _ db: Database) throws {
        for table in ["external_id", "failure", "suspect", "side"] {
            try db.execute(
                sql: "DELETE FROM \(table) WHERE conversation = ? AND service = ?",
                arguments: [conversation, service])
        }
    }

    private static func delete(
        from table: String, _ conversation: Int64, _ db: Database
    ) throws {
        try db.execute(
            sql: "DELETE FROM \(table) WHERE conversation = ?", arguments: [conversation])
    }

    /// Removes the pictures that the client's own messages name, unless others name them too.
    ///
    /// Those of the other side belong to whoever answers, and stay. A picture's name isn't indexed:
    /// the search through all events costs only boxes whose clients have pictures.
    private static func removePictures(of conversation: Int64, _ db: Database) throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT DISTINCT picture.id, picture.reference
                FROM conversation JOIN event ON event.conversation = conversation.id
                    AND event.service = conversation.opened_by
                    AND instr(event.author, '"avatar":') > 0
                JOIN picture ON picture.box = conversation.box
                    AND picture.reference = event.author ->> '$.avatar'
                WHERE conversation.id = ?
                """, arguments: [conversation])
        for row in rows {
            try db.execute(
                sql: """
                    DELETE FROM picture WHERE id = ?1 AND NOT EXISTS (
                        SELECT 1 FROM event WHERE event.conversation <> ?2
                            AND instr(event.author, ?3) > 0)
                    """,
                arguments: [
                    row[0] as Int64, conversation, "\"avatar\":\"\(row[1] as String)\"",
                ])
        }
    }

    private static func randomID() -> Data {
        var generator = SystemRandomNumberGenerator()
        return Data((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
}
