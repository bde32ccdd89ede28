import FoundationEssentials
import GRDB
import Protocol

// Events: in one order, read by page.
extension StoreTransaction {
    /// The newest event of a conversation.
    func head(of conversation: ConversationRow) throws -> Head {
        let row = try self.row(
            "SELECT seq, uid FROM event WHERE conversation = ? ORDER BY seq DESC LIMIT 1",
            [conversation.id])
        guard let row else { return .none }
        return Head(seq: row[0], id: try StoredEvent.id(row, 1))
    }

    /// Appends an event to a conversation, and lets the other services want it.
    ///
    /// - Parameter sender: the service whose event it is.
    func append(
        _ draft: EventDraft, id: EventID, to conversation: ConversationRow, by sender: ServiceRow
    ) throws -> Event {
        let row = try self.row(
            """
            UPDATE conversation SET head = head + 1, closed = ifnull(?, closed) WHERE id = ?
            RETURNING head
            """, [draft.closes, conversation.id])
        guard let seq: Int64 = row?[0] else {
            throw DamagedRow(table: "conversation", row: conversation.id)
        }
        try self.execute(
            """
            INSERT INTO event(conversation, seq, service, uid, at, kind, key, digest, revision,
                author, body, format, reply_to, sent_at, target, only_for, deleted_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                conversation.id, seq, sender.id, Data(id.bits.bytes), self.now, draft.kind.text,
                draft.key.text, draft.digest, draft.revision, AuthorText.encode(draft.author),
                draft.body, draft.format.rawValue, draft.replyTo.map { Data($0.bits.bytes) },
                draft.sentAt, draft.target?.seq, draft.onlyFor?.id, draft.deletedBy,
            ])
        if let onlyFor = draft.onlyFor {
            try self.execute(
                "UPDATE side SET wanted = ? WHERE conversation = ? AND service = ?",
                [seq, conversation.id, onlyFor.id])
        } else {
            try self.execute(
                "UPDATE side SET wanted = ? WHERE conversation = ? AND service <> ?",
                [seq, conversation.id, sender.id])
        }
        return Event(
            seq: seq, id: id, at: self.now, kind: draft.kind, service: sender.name,
            revision: draft.revision, author: draft.author, body: draft.body,
            format: draft.format, target: draft.target, isDeleted: draft.deletedBy != nil,
            replyTo: draft.replyTo, sentAt: draft.sentAt, key: draft.key)
    }

    /// A page of a conversation's events in their present state, ascending.
    func page(_ request: History, _ session: Session) throws -> Page {
        let conversation = try self.conversation(request.conversation, session)
        let (comparison, seq, order) =
            switch request.range {
            case .after(let seq): (">", seq, "ASC")
            case .before(let seq): ("<", seq, "DESC")
            }
        let rows = try Row.fetchCursor(
            self.db.cachedStatement(
                sql: """
                    \(StoredEvent.asPresent)
                    WHERE event.conversation = ? AND event.seq \(comparison) ?
                    ORDER BY event.seq \(order) LIMIT ?
                    """),
            arguments: [conversation.id, seq, request.limit + 1])
        var events: [Event] = []
        var bytes = 0
        while let row = try rows.next() {
            let event = try StoredEvent.event(row).seen(by: session.service.name)
            bytes += StoredEvent.frameBytes(of: event)
            let isFull = events.count == Int(request.limit) || bytes > Limits.pageBytes
            if isFull, !events.isEmpty {
                return Page(events: order == "ASC" ? events : events.reversed(), more: true)
            }
            events.append(event)
        }
        return Page(events: order == "ASC" ? events : events.reversed(), more: false)
    }

    /// The next event for a service after a seq, as it was committed.
    func nextEvent(
        in conversation: Int64, for service: ServiceRow, after seq: Int64
    ) throws -> Event? {
        try self.row(
            """
            \(StoredEvent.asCommitted)
            WHERE event.conversation = ?1 AND event.seq > ?2 AND event.service <> ?3
                AND (event.only_for IS NULL OR event.only_for = ?3)
            ORDER BY event.seq LIMIT 1
            """, [conversation, seq, service.id]
        ).map(StoredEvent.event)
    }

    /// Whether what a reader has is in this database, and how far behind it is.
    func recovers(_ from: Position?, _ conversation: ConversationRow, _ head: Head) throws -> Bool {
        guard let from, from.epoch == self.epoch, from.seq <= head.seq,
            head.seq - from.seq <= Limits.recoveredEvents
        else { return false }
        let row = try self.row(
            "SELECT uid FROM event WHERE conversation = ? AND seq = ?",
            [conversation.id, from.seq])
        return row?[0] == Data(from.id.bits.bytes)
    }
}
