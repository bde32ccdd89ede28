import Crypto
import FoundationEssentials
import GRDB
import Protocol

/// An event that a service sent, found by its key, with what became of it.
struct KeyedEvent {
    /// The event itself.
    var place: Deleted.Place
    /// What it is.
    var kind: Event.Kind
    /// By which a repeated send is compared with it.
    var digest: Data
    /// The revision with which it was sent.
    var revision: Int64
    /// The seq of the message that it means, if it means one.
    var target: Int64?
    /// The event that made its present text: its newest edit, or itself.
    var newest: Deleted.Place
    /// Its present revision.
    var presentRevision: Int64
    /// The event that deleted it.
    var deletedBy: Int64?

    /// What a request that means its present state is answered.
    var sent: Sent {
        Sent(
            seq: self.newest.seq, id: self.newest.id, at: self.newest.at,
            revision: self.presentRevision, duplicate: true)
    }
}

// Messages: sent once, edited, deleted.
extension StoreTransaction {
    /// Stores a message, or finds that an earlier send with its key has stored it.
    ///
    /// - Parameter id: what the name of a new event is made of; see `name(_:seq:in:)`.
    /// - Returns: the answer, and the event if it is new.
    /// - Throws: `Refused` with `not_found`, `idempotency_conflict`, `deleted` or `blocked`.
    func send(
        _ send: Send, id: EventID, _ session: Session
    ) throws -> (ConversationRow, Sent, Event?) {
        let conversation = try self.conversation(send.conversation, session)
        let digest = self.digest(of: send)
        let found = try self.finding(send.key, conversation, session.service)
        if found.isUsed, let sent = try self.earlier(send, digest, conversation, session) {
            try self.raiseMark(send.mark, conversation, session.service)
            return (conversation, sent, nil)
        }
        if found.isReserved { throw Self.deleted }
        if found.isBlocked { throw Self.blocked }
        let draft = EventDraft(
            kind: .message, key: send.key, author: send.author, revision: send.revision,
            body: send.body, format: send.format, replyTo: send.replyTo, sentAt: send.sentAt,
            digest: digest, closes: false)
        let event = try self.append(draft, id: id, to: conversation, by: session.service)
        try self.raiseMark(send.mark, conversation, session.service)
        let sent = Sent(
            seq: event.seq, id: event.id, at: self.now, revision: send.revision, duplicate: false)
        return (conversation, sent, event)
    }

    private func earlier(
        _ send: Send, _ digest: Data, _ conversation: ConversationRow, _ session: Session
    ) throws -> Sent? {
        guard let earlier = try self.event(send.key, conversation, session.service) else {
            return nil
        }
        guard earlier.kind == .message else { throw Self.conflict(send.key) }
        guard earlier.deletedBy == nil else { throw Self.deleted }
        if send.revision == earlier.revision, digest != earlier.digest {
            throw Self.conflict(send.key)
        }
        return Sent(
            seq: earlier.place.seq, id: earlier.place.id, at: earlier.place.at,
            revision: earlier.presentRevision, duplicate: true)
    }

    /// Gives a message another text, unless it has a newer one.
    ///
    /// - Returns: the answer, and the event if it was applied.
    /// - Throws: `Refused` with `not_found`, `target_not_found`, `deleted`, `blocked` or
    ///   `idempotency_conflict`.
    func edit(
        _ edit: Edit, id: EventID, _ session: Session
    ) throws -> (ConversationRow, Sent, Event?) {
        let conversation = try self.conversation(edit.conversation, session)
        guard let message = try self.message(edit.target, conversation, session.service) else {
            try self.checkNotReserved(edit.target, conversation, session.service)
            throw Self.targetNotFound(edit.target)
        }
        guard message.deletedBy == nil else { throw Self.deleted }
        guard edit.revision > message.presentRevision else {
            try self.raiseMark(edit.mark, conversation, session.service)
            return (conversation, message.sent, nil)
        }
        try self.checkUnused(edit.key, conversation, session.service)
        try self.checkNotBlocked(session.service, conversation)
        let draft = EventDraft(
            kind: .edit, key: edit.key, author: edit.author, revision: edit.revision,
            body: edit.body, format: edit.format, target: message.asTarget, sentAt: edit.sentAt)
        let event = try self.append(draft, id: id, to: conversation, by: session.service)
        try self.execute(
            "UPDATE event SET newest_edit = ? WHERE conversation = ? AND seq = ?",
            [event.seq, conversation.id, message.place.seq])
        try self.raiseMark(edit.mark, conversation, session.service)
        let sent = Sent(
            seq: event.seq, id: event.id, at: self.now, revision: edit.revision, duplicate: false)
        return (conversation, sent, event)
    }

    /// Takes a message back for good, with the text of all its edits; or reserves its key.
    ///
    /// - Returns: the answer, and the event if there is a new one.
    /// - Throws: `Refused` with `not_found`, `target_not_found` or `idempotency_conflict`.
    func delete(
        _ delete: Delete, id: EventID, _ session: Session
    ) throws -> (ConversationRow, Deleted, Event?) {
        let conversation = try self.conversation(delete.conversation, session)
        guard let message = try self.message(delete.target, conversation, session.service) else {
            let isNew = try self.reserve(delete.target, conversation, session.service)
            try self.raiseMark(delete.mark, conversation, session.service)
            return (conversation, Deleted(event: nil, duplicate: !isNew), nil)
        }
        if let deletion = message.deletedBy {
            try self.raiseMark(delete.mark, conversation, session.service)
            let place = try self.place(deletion, conversation)
            return (conversation, Deleted(event: place, duplicate: true), nil)
        }
        try self.checkUnused(delete.key, conversation, session.service)
        let draft = EventDraft(
            kind: .deletion, key: delete.key, author: delete.author, target: message.asTarget)
        let event = try self.append(draft, id: id, to: conversation, by: session.service)
        for condition in ["seq = ?2", "target = ?2 AND kind IN ('edit', 'requeue')"] {
            try self.execute(
                """
                UPDATE event SET body = '', digest = x'', deleted_by = ?3
                WHERE conversation = ?1 AND \(condition)
                """, [conversation.id, message.place.seq, event.seq])
        }
        try self.raiseMark(delete.mark, conversation, session.service)
        let place = Deleted.Place(seq: event.seq, id: event.id, at: self.now)
        return (conversation, Deleted(event: place, duplicate: false), event)
    }

    /// A keyed hash of what makes a message the same: body, format and reply-to. The key keeps a
    /// reader of a copy of the file from trying texts.
    private func digest(of send: Send) -> Data {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + send.body.utf8.count)
        for field in [send.body, send.format.rawValue, send.replyTo?.description ?? ""] {
            withUnsafeBytes(of: UInt64(field.utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: field.utf8)
        }
        var hash = self.keyed
        hash.update(data: bytes)
        return Data(hash.finalize().prefix(16))
    }
}
