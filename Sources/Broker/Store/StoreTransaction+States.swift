import GRDB
import Protocol

// Whether a conversation goes on.
extension StoreTransaction {
    /// A conversation's state.
    func state(of conversation: ConversationRow) throws -> ConversationState {
        let row = try self.row(
            """
            SELECT closed,
                EXISTS (SELECT 1 FROM side WHERE side.conversation = ?1 AND side.blocks <> 0)
            FROM conversation WHERE id = ?1
            """, [conversation.id])
        guard let row else { throw DamagedRow(table: "conversation", row: conversation.id) }
        if row[1] as Bool { return .blocked }
        return row[0] as Bool ? .closed : .open
    }

    /// Refuses what a service says where another one has shut the conversation.
    func checkNotBlocked(_ service: ServiceRow, _ conversation: ConversationRow) throws {
        let row = try self.row(
            "SELECT 1 FROM side WHERE conversation = ? AND service <> ? AND blocks <> 0",
            [conversation.id, service.id])
        guard row == nil else { throw Self.blocked }
    }

    static var blocked: Refused {
        Refused(.blocked, "The other side has blocked this conversation.")
    }

    /// Ends a conversation until somebody writes.
    ///
    /// - Returns: the answer, and the event if there is a new one.
    /// - Throws: `Refused` with `not_found` or `idempotency_conflict`.
    func close(
        _ close: Close, id: EventID, _ session: Session
    ) throws -> (ConversationRow, StateSet, Event?) {
        let conversation = try self.conversation(close.conversation, session)
        return try self.set(
            EventDraft(kind: .close, key: close.key, author: close.author, closes: true),
            id: id, conversation, session)
    }

    /// Goes on with a closed conversation.
    ///
    /// - Returns: the answer, and the event if there is a new one.
    /// - Throws: `Refused` with `not_found`, `blocked` or `idempotency_conflict`.
    func reopen(
        _ reopen: Reopen, id: EventID, _ session: Session
    ) throws -> (ConversationRow, StateSet, Event?) {
        let conversation = try self.conversation(reopen.conversation, session)
        try self.checkNotBlocked(session.service, conversation)
        return try self.set(
            EventDraft(kind: .reopen, key: reopen.key, author: reopen.author, closes: false),
            id: id, conversation, session)
    }

    private func set(
        _ draft: EventDraft, id: EventID, _ conversation: ConversationRow, _ session: Session
    ) throws -> (ConversationRow, StateSet, Event?) {
        let earlier = try self.event(draft.key, conversation, session.service)
        if let earlier, earlier.kind != draft.kind { throw Self.conflict(draft.key) }
        let row = try self.row("SELECT closed FROM conversation WHERE id = ?", [conversation.id])
        var event: Event?
        if earlier == nil, (row?[0] as Bool?) != draft.closes {
            event = try self.append(draft, id: id, to: conversation, by: session.service)
        }
        let answer = StateSet(
            state: try self.state(of: conversation), head: try self.head(of: conversation),
            duplicate: event == nil)
        return (conversation, answer, event)
    }

    /// Shuts a conversation against what other services send, or takes that back.
    ///
    /// - Returns: the conversation, and its state if that changed.
    /// - Throws: `Refused` with `not_found`.
    func block(
        _ block: Block, _ session: Session
    ) throws -> (ConversationRow, ConversationState?) {
        let conversation = try self.conversation(block.conversation, session)
        let before = try self.state(of: conversation)
        try self.execute(
            "UPDATE side SET blocks = ? WHERE conversation = ? AND service = ?",
            [block.isBlocked, conversation.id, session.service.id])
        let after = try self.state(of: conversation)
        return (conversation, before == after ? nil : after)
    }
}
