import FoundationEssentials
import GRDB
import Protocol

// Events by the keys that their senders gave them.
extension StoreTransaction {
    /// The event of a key of a service's, if it sent one.
    func event(
        _ key: IdempotencyKey, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> KeyedEvent? {
        try self.row(
            """
            \(Self.selectKeyed)
            WHERE event.conversation = ? AND event.service = ? AND event.key = ?
            """, [conversation.id, service.id, key.text]
        ).map(Self.keyed)
    }

    /// The event of a seq.
    func event(_ seq: Int64, _ conversation: ConversationRow) throws -> KeyedEvent? {
        try self.row(
            "\(Self.selectKeyed) WHERE event.conversation = ? AND event.seq = ?",
            [conversation.id, seq]
        ).map(Self.keyed)
    }

    /// The message that a key of a service's means: its own, or that of an edit's.
    func message(
        _ key: IdempotencyKey, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> KeyedEvent? {
        guard let event = try self.event(key, conversation, service) else { return nil }
        guard let message = try self.message(meantBy: event, conversation) else {
            throw Self.targetNotFound(key)
        }
        return message
    }

    /// The message that an event is or means; `nil` for a kind that has none.
    func message(meantBy event: KeyedEvent, _ conversation: ConversationRow) throws -> KeyedEvent? {
        if event.kind == .message { return event }
        return try event.target.flatMap { try self.event($0, conversation) }
    }

    /// The place of an event that must be there.
    func place(_ seq: Int64, _ conversation: ConversationRow) throws -> Deleted.Place {
        guard let event = try self.event(seq, conversation) else {
            throw DamagedRow(table: "conversation", row: conversation.id)
        }
        return event.place
    }

    private static let selectKeyed = """
        SELECT event.seq, event.uid, event.at, event.kind, event.digest, event.revision,
            event.target, event.deleted_by, edit.seq, edit.uid, edit.at, edit.revision
        FROM event LEFT JOIN event AS edit
            ON edit.conversation = event.conversation AND edit.seq = event.newest_edit
        """

    private static func keyed(_ row: Row) throws -> KeyedEvent {
        let place = Deleted.Place(seq: row[0], id: try StoredEvent.id(row, 1), at: row[2])
        var newest = place
        if let seq: Int64 = row[8] {
            newest = Deleted.Place(seq: seq, id: try StoredEvent.id(row, 9), at: row[10])
        }
        return KeyedEvent(
            place: place, kind: Event.Kind(row[3]), digest: row[4], revision: row[5],
            target: row[6], newest: newest, presentRevision: (row[11] as Int64?) ?? row[5],
            deletedBy: row[7])
    }

    /// A key names one event.
    func checkUnused(
        _ key: IdempotencyKey, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws {
        guard try self.event(key, conversation, service) == nil else { throw Self.conflict(key) }
    }

    /// What stands in the way of a new event.
    struct Finding {
        /// The service sent an event with that key.
        var isUsed: Bool
        /// A deletion came before what it deletes.
        var isReserved: Bool
        /// Another service has shut the conversation.
        var isBlocked: Bool
    }

    /// What stands in the way of a new event of a service's.
    func finding(
        _ key: IdempotencyKey, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> Finding {
        let finding = try self.first(
            """
            SELECT
                EXISTS (SELECT 1 FROM event
                    WHERE conversation = ?1 AND service = ?2 AND key = ?3),
                EXISTS (SELECT 1 FROM reserved_key
                    WHERE conversation = ?1 AND service = ?2 AND key = ?3),
                EXISTS (SELECT 1 FROM side
                    WHERE conversation = ?1 AND service <> ?2 AND blocks <> 0)
            """, .integer(conversation.id), .integer(service.id), .text(key.text)
        ) { Finding(isUsed: $0.bool(0), isReserved: $0.bool(1), isBlocked: $0.bool(2)) }
        guard let finding else { throw DamagedRow(table: "conversation", row: conversation.id) }
        return finding
    }

    /// Whether a deletion came before what it deletes.
    func isReserved(
        _ key: IdempotencyKey, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> Bool {
        try self.row(
            "SELECT 1 FROM reserved_key WHERE conversation = ? AND service = ? AND key = ?",
            [conversation.id, service.id, key.text]) != nil
    }

    /// What was deleted before it came never comes.
    func checkNotReserved(
        _ key: IdempotencyKey, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws {
        if try self.isReserved(key, conversation, service) { throw Self.deleted }
    }

    /// Keeps a key from ever naming an event; whether it wasn't kept already.
    func reserve(
        _ key: IdempotencyKey, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> Bool {
        try self.execute(
            """
            INSERT OR IGNORE INTO reserved_key(conversation, service, key, at)
            VALUES (?, ?, ?, ?)
            """, [conversation.id, service.id, key.text, self.now])
        return self.db.changesCount > 0
    }

    static var deleted: Refused {
        Refused(.deleted, "The message was deleted, which is final.")
    }

    static func conflict(_ key: IdempotencyKey) -> Refused {
        Refused(
            .idempotencyConflict,
            "The key \(key) belongs to another message; make a new key for new text.")
    }

    static func targetNotFound(_ key: IdempotencyKey) -> Refused {
        Refused(.targetNotFound, "This service never sent a message with the key \(key).")
    }
}

extension KeyedEvent {
    /// The event as another one names it.
    var asTarget: Event.Target { Event.Target(seq: self.place.seq, id: self.place.id) }
}
