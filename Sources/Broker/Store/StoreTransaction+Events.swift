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
    /// - Parameters:
    ///   - random: what the event's name is made of.
    ///   - sender: the service whose event it is.
    func append(
        _ draft: EventDraft, id random: EventID, to conversation: ConversationRow,
        by sender: ServiceRow
    ) throws -> Event {
        let head = try self.first(
            """
            UPDATE conversation SET head = head + 1, closed = ifnull(?, closed) WHERE id = ?
            RETURNING head
            """, .integer(draft.closes.map { $0 ? 1 : 0 }), .integer(conversation.id)
        ) { $0.integer(0) }
        guard let seq = head else {
            throw DamagedRow(table: "conversation", row: conversation.id)
        }
        let id = self.name(random, seq: seq, in: conversation.uid)
        try self.run(
            """
            INSERT INTO event(conversation, seq, service, uid, at, kind, key, digest, revision,
                author, body, format, reply_to, sent_at, target, only_for, deleted_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .integer(conversation.id), .integer(seq), .integer(sender.id), .bits(id.bits),
            .integer(self.now), .text(draft.kind.text), .text(draft.key.text),
            .blob(draft.digest), .integer(draft.revision),
            .text(AuthorText.encode(draft.author)), .text(draft.body),
            .text(draft.format.rawValue), draft.replyTo.map { .bits($0.bits) } ?? .null,
            .integer(draft.sentAt), .integer(draft.target?.seq), .integer(draft.onlyFor?.id),
            .integer(draft.deletedBy))
        if let onlyFor = draft.onlyFor {
            try self.run(
                "UPDATE side SET wanted = ? WHERE conversation = ? AND service = ?",
                .integer(seq), .integer(conversation.id), .integer(onlyFor.id))
        } else {
            try self.run(
                "UPDATE side SET wanted = ? WHERE conversation = ? AND service <> ?",
                .integer(seq), .integer(conversation.id), .integer(sender.id))
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
        var page = Page(events: [], more: false)
        var bytes = 0
        try self.each(
            """
            \(StoredEvent.asPresent)
            WHERE event.conversation = ? AND event.seq \(comparison) ?
            ORDER BY event.seq \(order) LIMIT ?
            """, .integer(conversation.id), .integer(seq), .integer(request.limit + 1)
        ) { columns in
            let event = try StoredEvent.event(columns).seen(by: session.service.name)
            bytes += StoredEvent.frameBytes(of: event)
            let isFull = page.events.count == Int(request.limit) || bytes > Limits.pageBytes
            page.more = isFull && !page.events.isEmpty
            if !page.more { page.events.append(event) }
            return !page.more
        }
        if order == "DESC" { page.events.reverse() }
        return page
    }

    /// The next event for a service after a seq, as it was committed.
    func nextEvent(
        in conversation: Int64, for service: ServiceRow, after seq: Int64
    ) throws -> Event? {
        try self.first(
            """
            \(StoredEvent.asCommitted)
            WHERE event.conversation = ?1 AND event.seq > ?2 AND event.service <> ?3
                AND (event.only_for IS NULL OR event.only_for = ?3)
            ORDER BY event.seq LIMIT 1
            """, .integer(conversation), .integer(seq), .integer(service.id)
        ) { try StoredEvent.event($0) }
    }

    /// Whether what a reader has is in this database, and how far behind it is.
    func recovers(_ from: Position?, _ conversation: ConversationRow, _ head: Head) throws -> Bool {
        guard let from, from.epoch == self.epoch, from.seq <= head.seq,
            head.seq - from.seq <= Limits.recoveredEvents
        else { return false }
        return try self.holds(from, conversation)
    }

    /// Whether what a reader has is in this database.
    func holds(_ position: Position, _ conversation: ConversationRow) throws -> Bool {
        let row = try self.row(
            "SELECT uid FROM event WHERE conversation = ? AND seq = ?",
            [conversation.id, position.seq])
        return row?[0] == Data(position.id.bits.bytes)
    }
}
