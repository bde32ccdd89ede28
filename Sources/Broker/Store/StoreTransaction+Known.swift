import GRDB
import Protocol

// Which far-side ids the broker has.
extension StoreTransaction {
    /// What of some far-side ids was delivered to a service, or sent by it.
    ///
    /// - Throws: `Refused` with `not_found`.
    func known(_ request: Known, _ session: Session) throws -> KnownIDs {
        let conversation = try self.conversation(request.conversation, session)
        var asked: Set<ExternalID> = []
        var entries: [KnownIDs.Entry] = []
        for id in request.ids where asked.insert(id).inserted {
            if let entry = try self.delivered(id, conversation, session.service) {
                entries.append(entry)
            }
            if let entry = try self.sent(id, conversation, session.service) {
                entries.append(entry)
            }
        }
        return KnownIDs(entries: entries)
    }

    private func delivered(
        _ id: ExternalID, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> KnownIDs.Entry? {
        let row = try self.row(
            """
            SELECT seq FROM external_id WHERE conversation = ? AND service = ? AND id = ?
            ORDER BY seq LIMIT 1
            """, [conversation.id, service.id, id.text])
        guard let seq: Int64 = row?[0], let event = try self.event(seq, conversation) else {
            return nil
        }
        return try self.entry(id, event, isOwn: false, conversation)
    }

    private func sent(
        _ id: ExternalID, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> KnownIDs.Entry? {
        guard let key = IdempotencyKey(id.text) else { return nil }
        if let event = try self.event(key, conversation, service) {
            return try self.entry(id, event, isOwn: true, conversation)
        }
        guard try self.isReserved(key, conversation, service) else { return nil }
        return KnownIDs.Entry(id: id, seq: nil, isOwn: true, revision: 0, isDeleted: true)
    }

    private func entry(
        _ id: ExternalID, _ event: KeyedEvent, isOwn: Bool, _ conversation: ConversationRow
    ) throws -> KnownIDs.Entry {
        let message = try self.message(meantBy: event, conversation) ?? event
        return KnownIDs.Entry(
            id: id, seq: event.place.seq, isOwn: isOwn, revision: message.presentRevision,
            isDeleted: message.deletedBy != nil)
    }
}
