import Protocol

/// What a conversation's post is called: the visitor and a short id, so that two of one name can
/// be told apart.
enum PostName {
    /// UTF-16 units of a name; Discord takes 100.
    static let unitsMax = 100
    private static let visitorUnitsMax = 40
    /// Words by which a visitor would pass for somebody else, as they look without their accents.
    private static let reserved = [
        "admin", "bot", "clyde", "discord", "everyone", "here", "moderator", "official", "staff",
        "support", "system", "team",
    ]

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
        guard !name.isEmpty else { return self.anonymous(conversation) }
        return self.isReserved(name) ? "Visitor \(name)" : name
    }

    /// The first eight digits of the uid.
    static func shortID(_ conversation: ConversationID) -> String {
        String(conversation.description.prefix(8))
    }

    private static func anonymous(_ conversation: ConversationID) -> String {
        "Visitor \(conversation.description.suffix(4))"
    }

    /// Whether a name holds a word that belongs to others.
    private static func isReserved(_ name: String) -> Bool {
        let words = self.folded(name).split { !$0.isLetter }
        return words.contains { word in
            self.reserved.contains { word == $0 || $0.count > 5 && word.hasPrefix($0) }
        }
    }

    /// In lower case, and with common look-alikes as the letters that they look like.
    private static func folded(_ name: String) -> String {
        let alike: [Character: Character] = [
            "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "а": "a", "е": "e", "і": "i",
            "о": "o", "р": "p", "с": "c", "т": "t", "у": "y", "м": "m", "н": "h", "ѕ": "s",
            "ο": "o", "ι": "i", "α": "a", "ε": "e", "τ": "t", "í": "i", "ì": "i", "ö": "o",
            "ó": "o", "á": "a", "à": "a", "ä": "a", "é": "e", "è": "e",
        ]
        return String(name.lowercased().map { alike[$0] ?? $0 })
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
