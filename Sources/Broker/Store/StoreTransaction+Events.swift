import Crypto
import FoundationEssentials
import GRDB
import Protocol
import StrictJSON

// Events: stored once, in one order, read by page.
extension StoreTransaction {
    /// The newest event of a conversation.
    func head(of conversation: ConversationRow) throws -> Head {
        let row = try self.row(
            "SELECT seq, uid FROM event WHERE conversation = ? ORDER BY seq DESC LIMIT 1",
            [conversation.id])
        guard let row else { return .none }
        return Head(seq: row[0], id: try Self.eventID(row, 1))
    }

    /// Stores a message, or finds that an earlier send with its key has stored it.
    ///
    /// - Parameter id: the name of a new event.
    /// - Returns: the answer, and the event if it is new.
    /// - Throws: `Refused` with `not_found` or `idempotency_conflict`.
    func send(
        _ send: Send, id: EventID, _ session: Session
    ) throws -> (ConversationRow, Sent, Event?) {
        let conversation = try self.conversation(send.conversation, session)
        let digest = self.digest(of: send)
        if let sent = try self.earlier(send, digest, conversation, session) {
            try self.raiseMark(send.mark, conversation, session.service)
            return (conversation, sent, nil)
        }
        let row = try self.row(
            "UPDATE conversation SET head = head + 1 WHERE id = ? RETURNING head",
            [conversation.id])
        guard let seq: Int64 = row?[0] else {
            throw DamagedRow(table: "conversation", row: conversation.id)
        }
        let event = Event(
            seq: seq, id: id, at: self.now, service: session.service.name,
            revision: send.revision, author: send.author, body: send.body, format: send.format,
            replyTo: send.replyTo, sentAt: send.sentAt, key: send.key)
        try self.insert(event, digest, conversation, session.service)
        try self.execute(
            "UPDATE side SET wanted = ? WHERE conversation = ? AND service <> ?",
            [seq, conversation.id, session.service.id])
        try self.raiseMark(send.mark, conversation, session.service)
        let sent = Sent(seq: seq, id: id, at: self.now, duplicate: false)
        return (conversation, sent, event)
    }

    private func earlier(
        _ send: Send, _ digest: Data, _ conversation: ConversationRow, _ session: Session
    ) throws -> Sent? {
        let row = try self.row(
            """
            SELECT seq, uid, at, digest FROM event
            WHERE conversation = ? AND service = ? AND key = ?
            """, [conversation.id, session.service.id, send.key.text])
        guard let row else { return nil }
        guard row[3] == digest else {
            throw Refused(
                .idempotencyConflict,
                "The key \(send.key) belongs to another message; make a new key for new text.")
        }
        return Sent(seq: row[0], id: try Self.eventID(row, 1), at: row[2], duplicate: true)
    }

    private func insert(
        _ event: Event, _ digest: Data, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws {
        try self.execute(
            """
            INSERT INTO event(conversation, seq, service, uid, at, kind, key, digest, revision,
                author, body, format, reply_to, sent_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                conversation.id, event.seq, service.id, Data(event.id.bits.bytes), event.at,
                event.kind, event.key?.text, digest, event.revision,
                AuthorText.encode(event.author), event.body, event.format.rawValue,
                event.replyTo.map { Data($0.bits.bytes) }, event.sentAt,
            ])
    }

    /// A keyed hash of what makes a message the same: body, format and reply-to. The key keeps a
    /// reader of a copy of the file from trying texts.
    private func digest(of send: Send) -> Data {
        var hash = HMAC<SHA256>(key: self.key)
        for field in [send.body, send.format.rawValue, send.replyTo?.description ?? ""] {
            let bytes = Array(field.utf8)
            withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { hash.update(data: $0) }
            hash.update(data: bytes)
        }
        return Data(hash.finalize().prefix(16))
    }

    /// A page of a conversation's events, ascending.
    func page(_ request: History, _ session: Session) throws -> Page {
        let conversation = try self.conversation(request.conversation, session)
        let (comparison, seq, order) =
            switch request.range {
            case .after(let seq): (">", seq, "ASC")
            case .before(let seq): ("<", seq, "DESC")
            }
        let rows = try Row.fetchCursor(
            self.db.cachedStatement(
                sql: """
                    \(Self.selectEvent) WHERE event.conversation = ? AND event.seq \(comparison) ?
                    ORDER BY event.seq \(order) LIMIT ?
                    """),
            arguments: [conversation.id, seq, request.limit + 1])
        var events: [Event] = []
        var bytes = 0
        while let row = try rows.next() {
            let event = try Self.event(row).seen(by: session.service.name)
            bytes += event.body.utf8.count + Self.eventOverhead
            let isFull = events.count == Int(request.limit) || bytes > Limits.pageBytes
            if isFull, !events.isEmpty {
                return Page(events: order == "ASC" ? events : events.reversed(), more: true)
            }
            events.append(event)
        }
        return Page(events: order == "ASC" ? events : events.reversed(), more: false)
    }

    /// About how many bytes an event's members come to beside its body.
    private static let eventOverhead = 512

    /// The next event of other services after a seq.
    func nextEvent(
        in conversation: Int64, for service: ServiceRow, after seq: Int64
    ) throws -> Event? {
        try self.row(
            """
            \(Self.selectEvent)
            WHERE event.conversation = ? AND event.seq > ? AND event.service <> ?
            ORDER BY event.seq LIMIT 1
            """, [conversation, seq, service.id]
        ).map(Self.event)
    }

    /// Whether what a reader has is in this database, and how far behind it is.
    func recovers(_ from: Position?, _ conversation: ConversationRow, _ head: Head) throws -> Bool {
        guard let from, from.epoch == self.epoch, from.seq <= head.seq,
            head.seq - from.seq <= Limits.recoveredEvents
        else { return false }
        let row = try self.row(
            "SELECT uid FROM event WHERE conversation = ? AND seq = ?",
            [conversation.id, from.seq])
        return row?[0] == Data(from.id.bits.bytes)
    }

    private static let selectEvent = """
        SELECT event.id, event.seq, event.uid, event.at, event.kind, service.name, event.key,
            event.revision, event.author, event.body, event.format, event.reply_to, event.sent_at
        FROM event JOIN service ON service.id = event.service
        """

    private static func event(_ row: Row) throws -> Event {
        guard let service = Name(row[5]), let author = AuthorText.decode(row[8]),
            let format = Format(rawValue: row[10])
        else { throw DamagedRow(table: "event", row: row[0]) }
        let replyTo = (row[11] as Data?).flatMap { Bits128(bytes: $0) }.map { EventID($0) }
        return Event(
            seq: row[1], id: try self.eventID(row, 2), at: row[3], kind: row[4],
            service: service, revision: row[7], author: author, body: row[9], format: format,
            replyTo: replyTo, sentAt: row[12], key: IdempotencyKey(row[6]))
    }

    private static func eventID(_ row: Row, _ column: Int) throws -> EventID {
        guard let bits = Bits128(bytes: row[column] as Data) else {
            throw DamagedRow(table: "event", row: row[0])
        }
        return EventID(bits)
    }
}

/// An author as the text that a row keeps.
enum AuthorText {
    static func encode(_ author: Author) -> String {
        var object = JSONObject([("id", .string(author.id)), ("name", .string(author.name))])
        if let avatar = author.avatar { object["avatar"] = .string(avatar) }
        return JSONWriter.text(.object(object))
    }

    static func decode(_ text: String) -> Author? {
        guard let object = (try? JSONParser.parse(text))?.object,
            let id = object["id"]?.string, let name = object["name"]?.string
        else { return nil }
        return Author(id: id, name: name, avatar: object["avatar"]?.string)
    }
}
