import FoundationEssentials
import GRDB
import Protocol

// What a consumer gets: the next event, and its own ids of what that refers to.
extension StoreTransaction {
    /// What to deliver next to a service in a conversation; `nil` if it has handled everything.
    func nextDelivery(_ id: Int64, _ service: ServiceRow, box: Name) throws -> Delivery? {
        let progress = try self.progress(id, service)
        guard let event = try self.nextEvent(in: id, for: service, after: progress.handled)
        else { return nil }
        let conversation = try self.conversation(row: id, box: box)
        return Delivery(
            conversation: conversation.uid, peer: try self.peer(of: conversation, service),
            properties: try self.properties(of: conversation),
            event: event.seen(by: service.name),
            external: try self.external(id, service, event.seq),
            lastExternal: try self.lastExternal(id, service, before: event.seq),
            targetExternal: try event.target.map { try self.allExternal(id, service, $0.seq) }
                ?? [],
            replyExternal: try event.replyTo.map { try self.external(id, service, of: $0) } ?? [])
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
    private func lastExternal(
        _ conversation: Int64, _ service: ServiceRow, before seq: Int64
    ) throws -> ExternalID? {
        try self.row(
            """
            SELECT id FROM external_id WHERE conversation = ? AND service = ? AND seq < ?
            ORDER BY seq DESC, part DESC LIMIT 1
            """, [conversation, service.id, seq]
        ).flatMap { ExternalID($0[0]) }
    }

    /// The external ids of a message, its edits and its requeues, each once, in the order in which
    /// they were made.
    private func allExternal(
        _ conversation: Int64, _ service: ServiceRow, _ message: Int64
    ) throws -> [ExternalID] {
        let rows = try self.rows(
            """
            SELECT id FROM external_id WHERE conversation = ?1 AND service = ?2 AND seq IN (
                SELECT ?3 UNION ALL
                SELECT seq FROM event WHERE conversation = ?1 AND target = ?3)
            ORDER BY seq, part
            """, [conversation, service.id, message])
        var known: Set<ExternalID> = []
        let ids = rows.compactMap { ExternalID($0[0]) }.filter { known.insert($0).inserted }
        return Array(ids.suffix(Limits.externalIDs))
    }

    /// A service's ids of the event of a name; where that is its own, its key.
    private func external(
        _ conversation: Int64, _ service: ServiceRow, of id: EventID
    ) throws -> [ExternalID] {
        // From the newest back: people answer what was said lately, and an index of random names
        // would cost every insert.
        let row = try self.row(
            """
            SELECT seq, service, key FROM event WHERE conversation = ? AND uid = ?
            ORDER BY seq DESC LIMIT 1
            """, [conversation, Data(id.bits.bytes)])
        guard let row else { return [] }
        if row[1] == service.id { return ExternalID(row[2]).map { [$0] } ?? [] }
        return try self.allExternal(conversation, service, row[0])
    }
}
