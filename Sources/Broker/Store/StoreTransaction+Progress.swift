import FoundationEssentials
import GRDB
import Protocol

// How far services have got: cursors, external ids, dead letters, receipts and marks.
extension StoreTransaction {
    /// Where a service stands with a conversation.
    struct Progress: Equatable {
        /// The cursor.
        var handled: Int64
        /// The seq of the newest event of another service.
        var wanted: Int64
    }

    /// Where a service stands with a conversation.
    func progress(_ conversation: Int64, _ service: ServiceRow) throws -> Progress {
        let row = try self.row(
            "SELECT handled, wanted FROM side WHERE conversation = ? AND service = ?",
            [conversation, service.id])
        guard let row else { throw DamagedRow(table: "side", row: conversation) }
        return Progress(handled: row[0], wanted: row[1])
    }

    /// The conversations in which there is something to deliver to a service.
    func backlog(of service: ServiceRow) throws -> [Int64] {
        try self.rows(
            "SELECT conversation FROM side WHERE service = ? AND handled < wanted",
            [service.id]
        ).map { $0[0] }
    }

    /// Moves a cursor and keeps the event's external ids with it.
    ///
    /// - Throws: `Refused` with `not_found` or `ack_out_of_range`.
    func acknowledge(
        _ uid: ConversationID, _ seq: Int64, _ external: [ExternalID], _ session: Session
    ) throws -> (ConversationRow, Progress) {
        let conversation = try self.conversation(uid, session)
        let before = try self.progress(conversation.id, session.service)
        guard seq > before.handled else { return (conversation, before) }
        try self.checkRange(seq, conversation)
        try self.keep(external, seq, conversation, session.service)
        try self.execute(
            """
            UPDATE side SET handled = ?1, delivered = max(delivered, ?1)
            WHERE conversation = ?2 AND service = ?3
            """, [seq, conversation.id, session.service.id])
        return (conversation, Progress(handled: seq, wanted: before.wanted))
    }

    /// Keeps what was made of an event before it couldn't go on.
    func release(
        _ release: NegativeAcknowledge, _ session: Session
    ) throws -> ConversationRow {
        let conversation = try self.conversation(release.conversation, session)
        try self.checkRange(release.seq, conversation)
        try self.keep(release.external, release.seq, conversation, session.service)
        return conversation
    }

    /// Sets an event aside and moves the cursor past it.
    func deadLetter(
        _ letter: DeadLetter, _ session: Session
    ) throws -> (ConversationRow, Progress) {
        let conversation = try self.conversation(letter.conversation, session)
        let progress = try self.progress(conversation.id, session.service)
        if letter.seq > progress.handled {
            try self.checkRange(letter.seq, conversation)
            try self.execute(
                """
                INSERT OR IGNORE INTO failure(conversation, service, seq, code, reason, at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    conversation.id, session.service.id, letter.seq, letter.code, letter.reason,
                    self.now,
                ])
        }
        return try self.acknowledge(letter.conversation, letter.seq, letter.external, session)
    }

    private func checkRange(_ seq: Int64, _ conversation: ConversationRow) throws {
        let head = try self.head(of: conversation).seq
        guard seq <= head else {
            throw Refused(.ackOutOfRange, "The conversation's newest event is \(head).")
        }
    }

    private func keep(
        _ external: [ExternalID], _ seq: Int64, _ conversation: ConversationRow,
        _ service: ServiceRow
    ) throws {
        for (part, id) in external.enumerated() {
            try self.execute(
                """
                INSERT INTO external_id(conversation, service, seq, part, id)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT(conversation, service, seq, part) DO UPDATE SET id = excluded.id
                """, [conversation.id, service.id, seq, part, id.text])
        }
    }

    /// The external ids of an event, in the order of its parts.
    func external(_ conversation: Int64, _ service: ServiceRow, _ seq: Int64) throws -> [ExternalID]
    {
        try self.rows(
            """
            SELECT id FROM external_id WHERE conversation = ? AND service = ? AND seq = ?
            ORDER BY part
            """, [conversation, service.id, seq]
        ).compactMap { ExternalID($0[0]) }
    }

    /// The newest external id of an event before a seq.
    func lastExternal(
        _ conversation: Int64, _ service: ServiceRow, before seq: Int64
    ) throws -> ExternalID? {
        try self.row(
            """
            SELECT id FROM external_id WHERE conversation = ? AND service = ? AND seq < ?
            ORDER BY seq DESC, part DESC LIMIT 1
            """, [conversation, service.id, seq]
        ).flatMap { ExternalID($0[0]) }
    }

    /// How far a service has got, as readers of other services see it.
    func receipt(_ conversation: Int64, _ service: ServiceRow) throws -> Receipt {
        let row = try self.row(
            "SELECT delivered, seen FROM side WHERE conversation = ? AND service = ?",
            [conversation, service.id])
        let failed = try self.rows(
            """
            SELECT seq, code, reason FROM failure WHERE conversation = ? AND service = ?
            ORDER BY seq DESC LIMIT 100
            """, [conversation, service.id])
        return Receipt(
            service: service.name, deliveredUpTo: row?[0] ?? 0, seenUpTo: row?[1] ?? 0,
            failed: failed.reversed().map {
                Receipt.Failure(seq: $0[0], code: $0[1], reason: $0[2])
            })
    }

    /// Raises receipts; never lowers them, and not beyond the head.
    ///
    /// - Returns: the conversation, and whether anything changed.
    func report(_ report: Report, _ session: Session) throws -> (ConversationRow, Bool) {
        let conversation = try self.conversation(report.conversation, session)
        let head = try self.head(of: conversation).seq
        let before = try self.receipt(conversation.id, session.service)
        let delivered = max(before.deliveredUpTo, min(report.deliveredUpTo ?? 0, head))
        let seen = max(before.seenUpTo, min(report.seenUpTo ?? 0, head))
        guard delivered != before.deliveredUpTo || seen != before.seenUpTo else {
            return (conversation, false)
        }
        try self.execute(
            "UPDATE side SET delivered = ?, seen = ? WHERE conversation = ? AND service = ?",
            [delivered, seen, conversation.id, session.service.id])
        return (conversation, true)
    }

    /// Raises a service's mark; a lower one changes nothing.
    func raiseMark(
        _ mark: Mark?, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws {
        guard let mark else { return }
        let row = try self.row(
            "SELECT mark FROM side WHERE conversation = ? AND service = ?",
            [conversation.id, service.id])
        if let known = (row?[0] as String?).flatMap({ Mark($0) }), known >= mark { return }
        try self.execute(
            "UPDATE side SET mark = ? WHERE conversation = ? AND service = ?",
            [mark.text, conversation.id, service.id])
    }

    /// What to deliver next to a service in a conversation; `nil` if it has handled everything.
    func nextDelivery(_ conversation: Int64, _ service: ServiceRow) throws -> Delivery? {
        let progress = try self.progress(conversation, service)
        guard
            let event = try self.nextEvent(
                in: conversation, for: service, after: progress.handled)
        else { return nil }
        let row = try self.row("SELECT uid FROM conversation WHERE id = ?", [conversation])
        guard let bits = (row?[0] as Data?).flatMap({ Bits128(bytes: $0) }) else {
            throw DamagedRow(table: "conversation", row: conversation)
        }
        let reference = ConversationRow(id: conversation, uid: ConversationID(bits))
        return Delivery(
            conversation: reference.uid, peer: try self.peer(of: reference, service),
            properties: try self.properties(of: reference),
            event: event.seen(by: service.name),
            external: try self.external(conversation, service, event.seq),
            lastExternal: try self.lastExternal(conversation, service, before: event.seq))
    }
}
