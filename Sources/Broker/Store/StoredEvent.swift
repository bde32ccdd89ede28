import FoundationEssentials
import GRDB
import Protocol
import StrictJSON

/// How rows become events.
enum StoredEvent {
    /// Events as they were committed; a `WHERE` follows.
    static let asCommitted = Self.select(
        revision: "event.revision", body: "event.body", format: "event.format", join: "")

    /// Events in their present state: with the text of their newest edit. A `WHERE` follows.
    static let asPresent = Self.select(
        revision: "coalesce(edit.revision, event.revision)",
        body: "coalesce(edit.body, event.body)", format: "coalesce(edit.format, event.format)",
        join: """
            LEFT JOIN event AS edit
                ON edit.conversation = event.conversation AND edit.seq = event.newest_edit
            """)

    /// The first event after a service's cursor as it was committed, and from column 16 on what goes
    /// with it: the conversation's uid and properties, the service's name for it, whether parts of
    /// the event were made already, the newest far-side id before it, and the code and reason with
    /// which it was set aside.
    static let nextOfSide = """
        SELECT \(Self.columns(revision: "event.revision", body: "event.body", format: "event.format")),
            conversation.uid, conversation.properties, side.peer,
            EXISTS (SELECT 1 FROM external_id WHERE conversation = side.conversation
                AND service = side.service AND seq = event.seq),
            (SELECT id FROM external_id WHERE conversation = side.conversation
                AND service = side.service AND seq < event.seq
                ORDER BY seq DESC, part DESC LIMIT 1),
            failure.code, failure.reason
        FROM side JOIN conversation ON conversation.id = side.conversation
        JOIN event ON event.conversation = side.conversation AND event.seq > side.handled
            AND event.service <> side.service
            AND (event.only_for IS NULL OR event.only_for = side.service)
        \(Self.joins)
        LEFT JOIN failure ON failure.conversation = side.conversation
            AND failure.service = side.service AND failure.seq = event.seq
        WHERE side.conversation = ? AND side.service = ?
        ORDER BY event.seq LIMIT 1
        """

    private static func select(
        revision: String, body: String, format: String, join: String
    ) -> String {
        "SELECT \(self.columns(revision: revision, body: body, format: format)) FROM event "
            + "\(self.joins) \(join)"
    }

    private static func columns(revision: String, body: String, format: String) -> String {
        """
        event.id, event.seq, event.uid, event.at, event.kind, service.name, event.key,
            \(revision), event.author, \(body), \(format), event.reply_to, event.sent_at,
            event.target, target.uid, event.deleted_by
        """
    }

    private static let joins = """
        JOIN service ON service.id = event.service
        LEFT JOIN event AS target
            ON target.conversation = event.conversation AND target.seq = event.target
        """

    /// The event of a row of these queries.
    static func event(_ columns: SQLColumns) throws -> Event {
        guard let id = columns.bits(2), let service = Name(columns.text(5)),
            let author = AuthorText.decode(columns.text(8)),
            let format = Format(rawValue: columns.text(10))
        else { throw DamagedRow(table: "event", row: columns.integer(0)) }
        var target: Event.Target?
        if let seq = columns.optionalInteger(13) {
            guard let id = columns.bits(14) else {
                throw DamagedRow(table: "event", row: columns.integer(0))
            }
            target = Event.Target(seq: seq, id: EventID(id))
        }
        return Event(
            seq: columns.integer(1), id: EventID(id), at: columns.integer(3),
            kind: Event.Kind(columns.text(4)), service: service, revision: columns.integer(7),
            author: author, body: columns.text(9), format: format, target: target,
            isDeleted: !columns.isNull(15), replyTo: columns.bits(11).map { EventID($0) },
            sentAt: columns.optionalInteger(12), key: IdempotencyKey(columns.text(6)))
    }

    /// The event id in a column.
    static func id(_ row: Row, _ column: Int) throws -> EventID {
        guard let data: Data = row[column], let bits = Bits128(bytes: data) else {
            throw DamagedRow(table: "event", row: row[0])
        }
        return EventID(bits)
    }

    /// About how many bytes an event takes in a frame: its text as JSON writes it, and the rest.
    ///
    /// A control character becomes six bytes, so that a body of 64 KiB may become 384.
    static func frameBytes(of event: Event) -> Int {
        var bytes = 512
        for byte in event.body.utf8 {
            switch byte {
            case 0..<0x20: bytes += 6
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += 2
            default: bytes += 1
            }
        }
        return bytes
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
