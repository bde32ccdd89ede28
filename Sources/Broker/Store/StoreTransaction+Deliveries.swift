import FoundationEssentials
import GRDB
import Protocol

// What a consumer gets: the next event, and its own ids of what that refers to.
extension StoreTransaction {
    /// What to deliver next to a service in a conversation; `nil` if it has handled everything.
    func nextDelivery(_ id: Int64, _ service: ServiceRow) throws -> Delivery? {
        let found = try self.first(StoredEvent.nextOfSide, .integer(id), .integer(service.id)) {
            try (
                delivery: Self.delivery($0, id, service), hasParts: $0.bool(19),
                code: $0.optionalText(21), reason: $0.optionalText(22)
            )
        }
        guard let found else { return nil }
        var delivery = found.delivery
        let event = delivery.event
        if found.hasParts { delivery.external = try self.external(id, service, event.seq) }
        if let target = event.target {
            delivery.targetExternal = try self.allExternal(id, service, target.seq)
        }
        if event.kind == .erasure {
            delivery.targetExternal = try self.newestExternal(id, service)
        }
        if let replyTo = event.replyTo {
            delivery.replyExternal = try self.external(id, service, of: replyTo)
        }
        if let code = found.code, let reason = found.reason, event.kind != .erasure {
            Self.setAside(&delivery, code: code, reason: reason)
        }
        return delivery
    }

    /// What was set aside goes out without its text, which consumers may have died of.
    private static func setAside(
        _ delivery: inout Delivery, code: String, reason: String
    ) {
        let event = delivery.event
        delivery.setAside = SetAside(kind: event.kind, code: code, reason: reason)
        delivery.event = Event(
            seq: event.seq, id: event.id, at: event.at, kind: .setAside, service: event.service,
            revision: event.revision, author: Author(id: "chatbox", name: "ChatBox"),
            target: event.target, isDeleted: event.isDeleted)
    }

    private static func delivery(
        _ columns: SQLColumns, _ id: Int64, _ service: ServiceRow
    ) throws -> Delivery {
        guard let uid = columns.bits(16),
            let properties = PropertiesText.decode(columns.text(17))
        else { throw DamagedRow(table: "conversation", row: id) }
        return Delivery(
            conversation: ConversationID(uid),
            peer: columns.optionalText(18).flatMap { PeerID($0) }, properties: properties,
            event: try StoredEvent.event(columns).seen(by: service.name), external: [],
            lastExternal: columns.optionalText(20).flatMap { ExternalID($0) })
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
