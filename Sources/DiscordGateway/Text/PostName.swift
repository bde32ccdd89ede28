import Protocol

/// What a conversation's post is called: the visitor and a short id, so that two of one name can
/// be told apart.
enum PostName {
    /// UTF-16 units of a name; Discord takes 100.
    static let unitsMax = 100
    private static let visitorUnitsMax = 60

    /// The post's name.
    static func of(_ conversation: ConversationID, properties: [String: String]) -> String {
        "\(self.visitor(conversation, properties)) · \(self.shortID(conversation))"
    }

    /// A name that no filter of Discord's can object to.
    static func neutral(_ conversation: ConversationID) -> String {
        "\(self.anonymous(conversation)) · \(self.shortID(conversation))"
    }

    /// Whom operators see as the visitor.
    static func visitor(_ conversation: ConversationID, _ properties: [String: String]) -> String {
        let name = properties["name"].map(self.sanitized) ?? ""
        return name.isEmpty ? self.anonymous(conversation) : name
    }

    /// The first eight digits of the uid.
    static func shortID(_ conversation: ConversationID) -> String {
        String(conversation.description.prefix(8))
    }

    private static func anonymous(_ conversation: ConversationID) -> String {
        "Visitor \(conversation.description.suffix(4))"
    }

    /// Without formatting, mentions and what can't be seen, on one line, not too long.
    private static func sanitized(_ name: String) -> String {
        var result = ""
        for character in name.split(whereSeparator: \.isWhitespace).joined(separator: " ") {
            guard
                character.isLetter || character.isNumber || character.isPunctuation
                    || character.isSymbol || character == " "
            else { continue }
            guard !"\\*_~|`<>@#[]()".contains(character) else { continue }
            guard result.utf16.count + character.utf16.count <= self.visitorUnitsMax else { break }
            result.append(character)
        }
        return String(result.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
