import GRDB
import Protocol

/// A consumer that was lost: its connection ended without a goodbye.
struct LostConsumer: Sendable {
    /// Its service.
    var service: ServiceRow
    /// Its box.
    var box: Name
    /// Whether it had acknowledged anything.
    var hasAcknowledged: Bool
    /// The conversation whose event was alone under way and was delivered not long before.
    var alone: Int64?
}

// Consumers that are lost, and the events that are suspected of it.
extension StoreTransaction {
    /// What is known about the losses of a service.
    func crashRecord(of service: ServiceRow) throws -> CrashRecord {
        let losses = try self.row("SELECT losses FROM service WHERE id = ?", [service.id])
        let rows = try self.rows(
            "SELECT conversation, seq, losses FROM suspect WHERE service = ?", [service.id])
        var record = CrashRecord(losses: losses?[0] ?? 0)
        for row in rows {
            record.suspects[row[0]] = CrashRecord.Suspect(seq: row[1], losses: row[2])
        }
        return record
    }

    /// Counts a lost consumer, and sets the event aside that has proved deadly.
    ///
    /// What was set aside goes out once more, without its text, so that people on the far side are told
    /// in its place; where a service's consumers are lost with that too, the cursor passes it.
    ///
    /// - Returns: the service's record now, and what became of the deadly event.
    func record(_ lost: LostConsumer) throws -> (CrashRecord, Advance?) {
        var record = try self.crashRecord(of: lost.service)
        let before = record
        let alone = try lost.alone.flatMap { conversation in
            // One event of a conversation is under way at a time: the first after the cursor. An
            // erased conversation that the service has acknowledged has neither.
            try self.cursor(conversation, lost.service).flatMap { handled in
                try self.nextEvent(in: conversation, for: lost.service, after: handled)
            }.map { (conversation: conversation, seq: $0.seq) }
        }
        let deadly = record.lost(hasAcknowledged: lost.hasAcknowledged, alone: alone)
        if record.losses != before.losses {
            try self.execute(
                "UPDATE service SET losses = ? WHERE id = ?", [record.losses, lost.service.id])
        }
        guard let alone else { return (record, nil) }
        if let deadly {
            let advance = try self.setAside(deadly.conversation, deadly.seq, lost)
            return (try self.crashRecord(of: lost.service), advance)
        }
        if let suspect = record.suspects[alone.conversation] {
            try self.execute(
                """
                INSERT OR REPLACE INTO suspect(service, conversation, seq, losses)
                VALUES (?, ?, ?, ?)
                """, [lost.service.id, alone.conversation, suspect.seq, suspect.losses])
        }
        return (record, nil)
    }

    private func setAside(
        _ id: Int64, _ seq: Int64, _ lost: LostConsumer
    ) throws -> Advance {
        let (conversation, service) = (
            try self.conversation(row: id, box: lost.box), lost.service
        )
        let wasTold = try self.isSetAside(seq, conversation, service)
        try self.setAside(
            seq, conversation, service, code: "poison",
            reason: "\(CrashRecord.deadly) times the service's gateway was lost right after it "
                + "was given this event.")
        // A refused erasure is told by the erasure itself, and nobody is left to be told beside.
        guard try self.event(seq, conversation)?.kind != .erasure else {
            try self.forgetLosses(of: service, conversation, upTo: seq)
            return try self.passErasure(seq, conversation, service)
        }
        guard !wasTold else { return try self.advance(conversation, to: seq, service) }
        try self.forgetLosses(of: service, conversation, upTo: seq)
        return Advance(
            conversation: conversation, service: service,
            handled: try self.progress(id, service).handled, hasMore: true,
            change: try self.receiptChanged(conversation, service))
    }

    /// An acknowledgement ends a row of losses, and clears what it acknowledges of suspicion.
    func forgetLosses(
        of service: ServiceRow, _ conversation: ConversationRow, upTo seq: Int64
    ) throws {
        try self.execute(
            "UPDATE service SET losses = 0 WHERE id = ? AND losses > 0", [service.id])
        try self.execute(
            "DELETE FROM suspect WHERE service = ? AND conversation = ? AND seq <= ?",
            [service.id, conversation.id, seq])
    }
}
