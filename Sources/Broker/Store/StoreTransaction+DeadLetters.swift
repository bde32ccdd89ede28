import FoundationEssentials
import GRDB
import Protocol

// What a far side refuses for good: set aside, tried again, given up.
extension StoreTransaction {
    /// Sets an event aside and moves the cursor past it.
    func deadLetter(_ letter: DeadLetter, _ session: Session) throws -> Advance {
        let (conversation, isErased) = try self.held(letter.conversation, session)
        guard !isErased else {
            return try self.refuseErased(letter, conversation, session.service)
        }
        try self.setAside(
            letter.seq, conversation, session.service, code: letter.code, reason: letter.reason)
        let advance = try self.advance(
            conversation, to: letter.seq, session.service, external: letter.external)
        if letter.isPossibleDuplicate {
            try self.notePossibleDuplicate(letter.seq, conversation, session.service)
        }
        return advance
    }

    /// Keeps why an event will never arrive; one below the cursor has arrived.
    func setAside(
        _ seq: Int64, _ conversation: ConversationRow, _ service: ServiceRow, code: String,
        reason: String
    ) throws {
        guard seq > (try self.progress(conversation.id, service).handled) else { return }
        try self.checkRange(seq, conversation)
        let row = try self.row("UPDATE life SET failures = failures + 1 RETURNING failures", [])
        guard let number: Int64 = row?[0] else { throw DamagedRow(table: "life", row: 1) }
        try self.execute(
            """
            INSERT OR IGNORE INTO failure(conversation, service, seq, code, reason, at, number)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, [conversation.id, service.id, seq, code, reason, self.now, number])
    }

    /// Whether an event was set aside for a service, whatever became of that since.
    func isSetAside(
        _ seq: Int64, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> Bool {
        try self.row(
            "SELECT 1 FROM failure WHERE conversation = ? AND service = ? AND seq = ?",
            [conversation.id, service.id, seq]) != nil
    }

    /// What a requeue made: an event for one service, whose receipt loses the failure.
    struct Requeued {
        var conversation: ConversationRow
        var answer: Sent
        /// The new event, the service whose it is, and the one that it goes to.
        var event: (event: Event, sender: ServiceRow, receiver: ServiceRow)?
        var change: ReceiptChange?
    }

    /// Gives a dead letter another try, in the message's present state.
    ///
    /// - Throws: `Refused` with `not_found`, `request_invalid` or `idempotency_conflict`.
    func requeue(_ requeue: Requeue, id: EventID, _ session: Session) throws -> Requeued {
        let conversation = try self.lettersConversation(requeue.conversation, session)
        let letter = try self.letter(
            conversation, requeue.service, requeue.seq, session)
        if let earlier = try self.event(requeue.key, conversation, letter.sender) {
            // Answered as done, another message's dead letter would wait for ever.
            let meant = try self.event(requeue.seq, conversation).flatMap {
                try self.message(meantBy: $0, conversation)
            }
            guard earlier.kind == .requeue, earlier.target == meant?.place.seq else {
                throw Self.conflict(requeue.key)
            }
            return Requeued(conversation: conversation, answer: earlier.sent)
        }
        guard letter.state == "aside" else { throw Self.noDeadLetter }
        let draft = try self.draft(of: requeue, conversation, for: letter.receiver)
        let event = try self.append(draft, id: id, to: conversation, by: letter.sender)
        try self.execute(
            """
            UPDATE failure SET state = 'requeued' WHERE conversation = ? AND service = ? AND seq = ?
            """, [conversation.id, letter.receiver.id, requeue.seq])
        let answer = Sent(
            seq: event.seq, id: event.id, at: self.now, revision: event.revision, duplicate: false)
        return Requeued(
            conversation: conversation, answer: answer,
            event: (event, letter.sender, letter.receiver),
            change: try self.receiptChanged(conversation, letter.receiver))
    }

    private func draft(
        of requeue: Requeue, _ conversation: ConversationRow, for receiver: ServiceRow
    ) throws -> EventDraft {
        guard let event = try self.event(requeue.seq, conversation),
            let message = try self.message(meantBy: event, conversation)
        else {
            throw Refused(.requestInvalid, "Only a message can be tried again.")
        }
        let present = try self.first(
            "\(StoredEvent.asPresent) WHERE event.conversation = ? AND event.seq = ?",
            .integer(conversation.id), .integer(message.place.seq)
        ) { try StoredEvent.event($0) }
        guard let present else { throw Self.noDeadLetter }
        return EventDraft(
            kind: .requeue, key: requeue.key, author: present.author, revision: present.revision,
            body: present.body, format: present.format, target: message.asTarget,
            replyTo: present.replyTo, sentAt: present.sentAt, onlyFor: receiver,
            deletedBy: message.deletedBy)
    }

    /// The conversation of a dead letter. That of one that was erased is the erasure itself.
    private func lettersConversation(
        _ uid: ConversationID, _ session: Session
    ) throws -> ConversationRow {
        let (conversation, isErased) = try self.found(uid, session)
        guard isErased else { return conversation }
        guard session.mode == .admin, try self.cursors(conversation.id) > 0 else {
            throw Self.gone
        }
        throw Refused(
            .requestInvalid,
            "This is an erasure, which can't be given up. To erase the conversation again lets the "
                + "service try again.")
    }

    private struct Letter {
        var sender: ServiceRow
        var receiver: ServiceRow
        var state: String
    }

    private func letter(
        _ conversation: ConversationRow, _ service: Name, _ seq: Int64, _ session: Session
    ) throws -> Letter {
        guard let receiver = try self.service(box: conversation.box, name: service) else {
            throw Self.noDeadLetter
        }
        let row = try self.row(
            """
            SELECT failure.state, sender.id, sender.name FROM failure
            JOIN event ON event.conversation = failure.conversation AND event.seq = failure.seq
            JOIN service AS sender ON sender.id = event.service
            WHERE failure.conversation = ? AND failure.service = ? AND failure.seq = ?
            """, [conversation.id, receiver.id, seq])
        guard let row, let name = Name(row[2]) else { throw Self.noDeadLetter }
        let sender = ServiceRow(id: row[1], name: name)
        guard session.mode == .admin || sender == session.service else { throw Self.noDeadLetter }
        return Letter(sender: sender, receiver: receiver, state: row[0])
    }

    private static var noDeadLetter: Refused {
        Refused(.notFound, "There is no such dead letter that could be tried again.")
    }

    /// Gives a dead letter up. Repeating it changes nothing more.
    ///
    /// - Throws: `Refused` with `not_found`.
    func drop(_ drop: DropDeadLetter, _ session: Session) throws {
        let conversation = try self.lettersConversation(drop.conversation, session)
        let letter = try self.letter(conversation, drop.service, drop.seq, session)
        guard letter.state != "requeued" else { throw Self.noDeadLetter }
        try self.execute(
            """
            UPDATE failure SET state = 'dropped' WHERE conversation = ? AND service = ? AND seq = ?
            """, [conversation.id, letter.receiver.id, drop.seq])
    }

    /// A page of what was set aside and nobody queued again or gave up, in all boxes.
    func deadLetters(_ request: ListDeadLetters) throws -> DeadLetters {
        let rows = try self.rows(
            """
            SELECT failure.number, conversation.box, conversation.uid, receiver.name, failure.seq,
                event.uid, sender.name, failure.code, failure.reason, failure.at
            FROM failure
            JOIN conversation ON conversation.id = failure.conversation
            JOIN service AS receiver ON receiver.id = failure.service
            JOIN event ON event.conversation = failure.conversation AND event.seq = failure.seq
            JOIN service AS sender ON sender.id = event.service
            WHERE failure.number > ? AND failure.state = 'aside'
            ORDER BY failure.number LIMIT ?
            """, [request.after, request.limit + 1])
        let entries = try rows.prefix(Int(request.limit)).map { row in
            guard let box = Name(row[1]), let uid = Bits128(bytes: row[2] as Data),
                let receiver = Name(row[3]), let sender = Name(row[6])
            else { throw DamagedRow(table: "failure", row: row[0]) }
            return DeadLetters.Entry(
                number: row[0], box: box, conversation: ConversationID(uid), service: receiver,
                seq: row[4], id: try StoredEvent.id(row, 5), from: sender, code: row[7],
                reason: row[8], at: row[9])
        }
        return DeadLetters(entries: entries, more: rows.count > entries.count)
    }
}
