import GRDB
import Protocol
import StrictJSON

// What is known about a conversation's client.
extension StoreTransaction {
    /// What is known about a conversation's client.
    func properties(of conversation: ConversationRow) throws -> [String: String] {
        let row = try self.row(
            "SELECT properties FROM conversation WHERE id = ?", [conversation.id])
        guard let properties = (row?[0] as String?).flatMap(PropertiesText.decode) else {
            throw DamagedRow(table: "conversation", row: conversation.id)
        }
        return properties
    }

    /// Merges properties into what is known; an empty text removes one.
    ///
    /// - Throws: `Refused` with `request_invalid` if there are too many then.
    func merge(
        _ properties: [String: String], _ conversation: ConversationRow
    ) throws -> [String: String] {
        let known = try self.properties(of: conversation)
        let merged = known.merging(properties) { $1 }.filter { !$0.value.isEmpty }
        guard merged != known else { return known }
        guard merged.count <= Limits.properties else {
            throw Refused(
                .requestInvalid, "A conversation has at most \(Limits.properties) properties.")
        }
        try self.execute(
            "UPDATE conversation SET properties = ? WHERE id = ?",
            [PropertiesText.encode(merged), conversation.id])
        return merged
    }

    /// Keeps when the client came last, to the minute: exact enough for people, and a client that
    /// comes ten times a minute is one write.
    func noteAccess(_ conversation: ConversationRow) throws {
        let minute = self.now - self.now % 60_000
        let known = try self.properties(of: conversation)
        guard known[Self.lastAccess] != nil || known.count < Limits.properties else { return }
        _ = try self.merge([Self.lastAccess: "\(minute)"], conversation)
    }

    /// The property that holds the time of the last access, in milliseconds since 1970.
    private static let lastAccess = "last_access"
}

/// Properties as the text that a row keeps.
enum PropertiesText {
    static func encode(_ properties: [String: String]) -> String {
        let members = properties.sorted { $0.key < $1.key }
        return JSONWriter.text(.object(JSONObject(members.map { ($0.key, .string($0.value)) })))
    }

    static func decode(_ text: String) -> [String: String]? {
        guard let object = (try? JSONParser.parse(text))?.object else { return nil }
        var properties: [String: String] = [:]
        for member in object.members { properties[member.name] = member.value.string }
        return properties
    }
}
