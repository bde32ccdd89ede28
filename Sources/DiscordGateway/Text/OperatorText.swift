/// An operator's text as visitors may read it: mentions, emoji and times become words, and
/// addresses at Discord, which hold ids, are taken out.
struct OperatorText {
    private var rest: Substring
    private var result = ""
    private let mentions: [DiscordUser]

    /// Translates a text; `mentions` are the users that Discord found in it.
    static func translated(_ text: String, mentions: [DiscordUser]) -> String {
        var translator = OperatorText(rest: text[...], mentions: mentions)
        translator.run()
        return translator.result
    }

    /// At most so many bytes of a text, without tearing a character apart.
    static func cut(_ text: String, toBytes limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var result = ""
        var bytes = 0
        for character in text {
            bytes += character.utf8.count
            guard bytes <= limit else { break }
            result.append(character)
        }
        return result
    }

    private init(rest: Substring, mentions: [DiscordUser]) {
        self.rest = rest
        self.mentions = mentions
    }

    private mutating func run() {
        while let character = self.rest.first {
            if character == "<", let (words, length) = self.token() {
                self.result += words
                self.rest = self.rest.dropFirst(length)
            } else if let length = DiscordLink.length(at: self.rest, after: self.result.last) {
                self.result += "[Discord link]"
                self.rest = self.rest.dropFirst(length)
            } else {
                self.result.append(character)
                self.rest = self.rest.dropFirst()
            }
        }
    }

    /// The words for the token at the beginning, and how many characters it takes.
    private func token() -> (String, Int)? {
        // The longest token is a command with groups, and ids have at most 20 digits.
        let inside = self.rest.dropFirst().prefix(150).prefix { $0 != ">" && !$0.isNewline }
        guard self.rest.dropFirst(inside.count + 1).first == ">",
            let words = self.words(for: inside)
        else { return nil }
        return (words, inside.count + 2)
    }

    private func words(for token: Substring) -> String? {
        if let id = Self.id(token, after: "@!") ?? Self.id(token, after: "@") {
            let user = self.mentions.first { $0.id == id }
            return "@" + (user?.displayName ?? "user")
        }
        if Self.id(token, after: "@&") != nil { return "@role" }
        if Self.id(token, after: "#") != nil { return "#channel" }
        if token.hasPrefix("t:") { return Self.time(token.dropFirst(2)) }
        if token.hasPrefix("id:") { return "#channel" }
        if token.hasPrefix("/") { return Self.lastColon(token, keep: { "/" + $0.dropFirst() }) }
        if token.hasPrefix(":") { return Self.lastColon(token, keep: { $0 + ":" }) }
        if token.hasPrefix("a:") {
            return Self.lastColon(token.dropFirst(), keep: { $0 + ":" })
        }
        // `<https://…>` is a link without a preview.
        if let length = DiscordLink.length(at: token, after: nil), length == token.count {
            return "[Discord link]"
        }
        return nil
    }

    private static func id(_ token: Substring, after prefix: String) -> Snowflake? {
        guard token.hasPrefix(prefix) else { return nil }
        let digits = token.dropFirst(prefix.count)
        return digits.isEmpty ? nil : Snowflake(String(digits))
    }

    /// What stands before the last colon of `name:id`, if an id stands behind it.
    private static func lastColon(
        _ token: Substring, keep: (Substring) -> String
    ) -> String? {
        guard let colon = token.lastIndex(of: ":"), colon > token.startIndex,
            Snowflake(String(token[token.index(after: colon)...])) != nil
        else { return nil }
        return keep(token[..<colon])
    }

    /// `SECONDS` or `SECONDS:STYLE` as a date and time; visitors' own zones come later.
    private static func time(_ token: Substring) -> String? {
        let parts = token.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let seconds = Int64(first),
            parts.count == 1 || parts[1].count == 1
        else { return nil }
        return CalendarTime(seconds: seconds)?.description
    }
}
