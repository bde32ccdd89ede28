import FoundationEssentials
import GRDB
import Protocol

/// A receipt that changed, with what consumers need of it.
struct ReceiptChange: Sendable {
    /// The service whose receipt it is.
    var service: ServiceRow
    /// How far it has got.
    var receipt: Receipt
    /// Grows with each change in the box.
    var version: Int64
    /// What each service calls the conversation, by its row.
    var peers: [Int64: PeerID]
}

// How far services have got, as the others see it.
extension StoreTransaction {
    /// How far a service has got.
    func receipt(_ conversation: Int64, _ service: ServiceRow) throws -> Receipt {
        let row = try self.row(
            "SELECT delivered, seen FROM side WHERE conversation = ? AND service = ?",
            [conversation, service.id])
        return Receipt(
            service: service.name, deliveredUpTo: row?[0] ?? 0, seenUpTo: row?[1] ?? 0,
            failed: try self.failures(conversation, service))
    }

    /// The newest dead letters of a service in a conversation that nobody queued again, ascending.
    func failures(_ conversation: Int64, _ service: ServiceRow) throws -> [Receipt.Failure] {
        try self.rows(
            """
            SELECT seq, code, reason FROM failure
            WHERE conversation = ? AND service = ? AND state <> 'requeued'
            ORDER BY seq DESC LIMIT 100
            """, [conversation, service.id]
        ).reversed().map { Receipt.Failure(seq: $0[0], code: $0[1], reason: $0[2]) }
    }

    /// Gives a receipt that changed its version.
    func receiptChanged(
        _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> ReceiptChange {
        let version = try self.nextReceiptVersion(in: conversation)
        try self.execute(
            "UPDATE side SET version = ? WHERE conversation = ? AND service = ?",
            [version, conversation.id, service.id])
        return ReceiptChange(
            service: service, receipt: try self.receipt(conversation.id, service),
            version: version, peers: try self.peers(of: conversation))
    }

    /// The number of the next change of a receipt in a conversation's box.
    func nextReceiptVersion(in conversation: ConversationRow) throws -> Int64 {
        let version = try self.first(
            """
            UPDATE box SET receipt_version = receipt_version + 1 WHERE name = ?
            RETURNING receipt_version
            """, .text(conversation.box.text)
        ) { $0.integer(0) }
        guard let version else { throw DamagedRow(table: "box", row: conversation.id) }
        return version
    }

    /// Raises receipts; never lowers them, and not beyond the head.
    ///
    /// - Returns: the conversation, and the receipt if it changed.
    func report(
        _ report: Report, _ session: Session
    ) throws -> (ConversationRow, ReceiptChange?) {
        let conversation = try self.conversation(report.conversation, session)
        let head = try self.head(of: conversation).seq
        let row = try self.row(
            "SELECT delivered, seen FROM side WHERE conversation = ? AND service = ?",
            [conversation.id, session.service.id])
        let before: (delivered: Int64, seen: Int64) = (row?[0] ?? 0, row?[1] ?? 0)
        let delivered = max(before.delivered, min(report.deliveredUpTo ?? 0, head))
        let seen = max(before.seen, min(report.seenUpTo ?? 0, head))
        guard (delivered, seen) != before else { return (conversation, nil) }
        try self.execute(
            "UPDATE side SET delivered = ?, seen = ? WHERE conversation = ? AND service = ?",
            [delivered, seen, conversation.id, session.service.id])
        return (conversation, try self.receiptChanged(conversation, session.service))
    }

    /// A page of the other services' receipts that changed since a version, each in its present
    /// state.
    func receipts(_ request: ListReceipts, _ session: Session) throws -> ReceiptPage {
        var changed: [(version: Int64, service: ServiceRow, row: Row)] = []
        for service in try self.otherServices(than: session) {
            let rows = try self.rows(
                """
                SELECT side.version, conversation.id, conversation.uid FROM side
                JOIN conversation ON conversation.id = side.conversation
                WHERE side.service = ? AND side.version > 0 AND side.version > ?
                ORDER BY side.version LIMIT ?
                """, [service.id, request.after, request.limit + 1])
            changed += rows.map { ($0[0], service, $0) }
        }
        changed.sort { $0.version < $1.version }
        var page = ReceiptPage(entries: [], more: false)
        var bytes = 0
        for change in changed {
            let entry = try self.receiptPush(change.version, change.service, change.row, session)
            bytes += Self.frameBytes(of: entry.receipt)
            let isFull = page.entries.count == Int(request.limit) || bytes > Limits.pageBytes
            if isFull, !page.entries.isEmpty {
                page.more = true
                break
            }
            page.entries.append(entry)
        }
        return page
    }

    private func receiptPush(
        _ version: Int64, _ service: ServiceRow, _ row: Row, _ session: Session
    ) throws -> ReceiptPush {
        guard let bits = Bits128(bytes: row[2] as Data) else {
            throw DamagedRow(table: "conversation", row: row[1])
        }
        let conversation = ConversationRow(
            id: row[1], uid: ConversationID(bits), box: session.box)
        return ReceiptPush(
            conversation: conversation.uid, receipt: try self.receipt(conversation.id, service),
            version: version, peer: try self.peer(of: conversation, session.service))
    }

    /// About how many bytes a receipt takes in a frame.
    private static func frameBytes(of receipt: Receipt) -> Int {
        receipt.failed.reduce(512) { $0 + 128 + 6 * $1.reason.utf8.count }
    }
}
