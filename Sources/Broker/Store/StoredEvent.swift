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

    private static func select(
        revision: String, body: String, format: String, join: String
    ) -> String {
        """
        SELECT event.id, event.seq, event.uid, event.at, event.kind, service.name, event.key,
            \(revision), event.author, \(body), \(format), event.reply_to, event.sent_at,
            event.target, target.uid, event.deleted_by
        FROM event JOIN service ON service.id = event.service
        LEFT JOIN event AS target
            ON target.conversation = event.conversation AND target.seq = event.target
        \(join)
        """
    }

    /// The event of a row of these queries.
    static func event(_ row: Row) throws -> Event {
        guard let service = Name(row[5]), let author = AuthorText.decode(row[8]),
            let format = Format(rawValue: row[10])
        else { throw DamagedRow(table: "event", row: row[0]) }
        let replyTo = (row[11] as Data?).flatMap { Bits128(bytes: $0) }.map { EventID($0) }
        var target: Event.Target?
        if let seq: Int64 = row[13] {
            target = Event.Target(seq: seq, id: try self.id(row, 14))
        }
        return Event(
            seq: row[1], id: try self.id(row, 2), at: row[3], kind: Event.Kind(row[4]),
            service: service, revision: row[7], author: author, body: row[9], format: format,
            target: target, isDeleted: (row[15] as Int64?) != nil, replyTo: replyTo,
            sentAt: row[12], key: IdempotencyKey(row[6]))
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
