import BrokerStore
import GRDB
import Protocol

/// What became of an acknowledgement: where the cursor stands, and whether a receipt changed by it.
struct Advance: Sendable {
    /// The conversation.
    var conversation: ConversationRow
    /// The service that acknowledged.
    var service: ServiceRow
    /// The cursor.
    var handled: Int64
    /// Whether there is more to deliver.
    var hasMore: Bool
    /// Whether the cursor stood there before, so that what is under way is something else.
    var isRepetition = false
    /// The service's receipt, if it changed.
    var change: ReceiptChange?
    /// What is kept of the conversation beside the database, if its erasure ended by this.
    var erased: ErasedFile.Entry?
}

// How far services have got: cursors, external ids and marks.
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

    /// The conversations in which there is something to deliver to a service, the longest waiting
    /// first: a consumer that keeps being restarted begins anew each time, and whoever is last in a
    /// fixed order would never have a turn.
    func backlog(of service: ServiceRow) throws -> [Int64] {
        // Rows are numbered as they are committed; clocks jump.
        try self.rows(
            """
            SELECT conversation FROM side WHERE service = ? AND handled < wanted
            ORDER BY (
                SELECT event.id FROM event
                WHERE event.conversation = side.conversation AND event.seq > side.handled
                    AND event.service <> side.service
                    AND (event.only_for IS NULL OR event.only_for = side.service)
                ORDER BY event.seq LIMIT 1), conversation
            """, [service.id]
        ).map { $0[0] }
    }

    /// Moves a cursor and keeps the event's external ids with it.
    ///
    /// - Throws: `Refused` with `not_found`, `conversation_gone` or `ack_out_of_range`.
    func acknowledge(
        _ uid: ConversationID, _ seq: Int64, _ external: [ExternalID],
        isPossibleDuplicate: Bool = false, _ session: Session
    ) throws -> Advance {
        let (conversation, isErased) = try self.held(uid, session)
        guard !isErased else {
            return try self.acknowledgeErased(conversation, seq, external, session)
        }
        let advance = try self.advance(
            conversation, to: seq, session.service, external: external)
        if isPossibleDuplicate {
            try self.notePossibleDuplicate(seq, conversation, session.service)
        }
        return advance
    }

    /// Moves a service's cursor; one below it changes nothing.
    func advance(
        _ conversation: ConversationRow, to seq: Int64, _ service: ServiceRow,
        external: [ExternalID] = []
    ) throws -> Advance {
        let before = try self.standing(conversation, service)
        guard seq > before.handled else {
            return Advance(
                conversation: conversation, service: service, handled: before.handled,
                hasMore: before.handled < before.wanted, isRepetition: true)
        }
        guard seq <= before.head else { throw Self.outOfRange(before.head) }
        try self.keep(external, seq, conversation, service)
        if before.hasLosses { try self.forgetLosses(of: service, conversation, upTo: seq) }
        let version = try self.nextReceiptVersion(in: conversation)
        try self.run(
            """
            UPDATE side SET handled = ?1, delivered = max(delivered, ?1), version = ?2
            WHERE conversation = ?3 AND service = ?4
            """, .integer(seq), .integer(version), .integer(conversation.id),
            .integer(service.id))
        let receipt = Receipt(
            service: service.name, deliveredUpTo: max(before.delivered, seq),
            seenUpTo: before.seen,
            failed: before.hasFailures ? try self.failures(conversation.id, service) : [])
        return Advance(
            conversation: conversation, service: service, handled: seq,
            hasMore: seq < before.wanted,
            change: ReceiptChange(
                service: service, receipt: receipt, version: version,
                peers: try self.peers(of: conversation)))
    }

    /// Everything that an acknowledgement has to know.
    private struct Standing {
        var handled: Int64
        var wanted: Int64
        var delivered: Int64
        var seen: Int64
        var head: Int64
        var hasLosses: Bool
        var hasFailures: Bool
    }

    private func standing(
        _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> Standing {
        let standing = try self.first(
            """
            SELECT side.handled, side.wanted, side.delivered, side.seen, conversation.head,
                service.losses > 0 OR EXISTS (
                    SELECT 1 FROM suspect WHERE service = ?2 AND conversation = ?1),
                EXISTS (SELECT 1 FROM failure WHERE conversation = ?1 AND service = ?2)
            FROM side JOIN conversation ON conversation.id = side.conversation
            JOIN service ON service.id = side.service
            WHERE side.conversation = ?1 AND side.service = ?2
            """, .integer(conversation.id), .integer(service.id)
        ) { columns in
            Standing(
                handled: columns.integer(0), wanted: columns.integer(1),
                delivered: columns.integer(2), seen: columns.integer(3),
                head: columns.integer(4), hasLosses: columns.bool(5),
                hasFailures: columns.bool(6))
        }
        guard let standing else { throw DamagedRow(table: "side", row: conversation.id) }
        return standing
    }

    /// What became of a negative acknowledge.
    struct Release {
        var conversation: ConversationRow
        /// Set if the conversation was erased meanwhile: nothing is worth waiting for then.
        var erasure: Advance?
        /// Whether the event was acknowledged before, so that what is under way is another one.
        var isLate = false
    }

    /// Keeps what was made of an event before it couldn't go on.
    func release(_ release: NegativeAcknowledge, _ session: Session) throws -> Release {
        let (conversation, isErased) = try self.held(release.conversation, session)
        try self.checkRange(release.seq, conversation)
        if isErased, release.seq < (try self.head(of: conversation).seq) {
            return Release(
                conversation: conversation,
                erasure: try self.erasureComesNext(
                    conversation, release.seq, release.external, session.service))
        }
        guard release.seq > (try self.progress(conversation.id, session.service).handled) else {
            return Release(conversation: conversation, isLate: true)
        }
        try self.keep(release.external, release.seq, conversation, session.service)
        if release.isPossibleDuplicate, !isErased {
            try self.notePossibleDuplicate(release.seq, conversation, session.service)
        }
        return Release(conversation: conversation)
    }

    func checkRange(_ seq: Int64, _ conversation: ConversationRow) throws {
        let head = try self.head(of: conversation).seq
        guard seq <= head else { throw Self.outOfRange(head) }
    }

    private static func outOfRange(_ head: Int64) -> Refused {
        Refused(.ackOutOfRange, "The conversation's newest event is \(head).")
    }

    func keep(
        _ external: [ExternalID], _ seq: Int64, _ conversation: ConversationRow,
        _ service: ServiceRow
    ) throws {
        for (part, id) in external.enumerated() {
            try self.run(
                """
                INSERT INTO external_id(conversation, service, seq, part, id)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT(conversation, service, seq, part) DO UPDATE SET id = excluded.id
                """, .integer(conversation.id), .integer(service.id), .integer(seq),
                .integer(Int64(part)), .text(id.text))
        }
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
}
