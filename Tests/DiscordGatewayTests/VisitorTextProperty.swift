import Protocol

@testable import DiscordGateway

/// What must hold of any text that a visitor writes: in Discord it stands as it was written.
enum VisitorTextProperty {
    /// What Discord reads as formatting wherever it stands.
    private static let marks = Set("*_~|`[]".unicodeScalars)

    /// What doesn't hold, or `nil`. Links are left out: in them marks are written by their codes.
    static func violation(of bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard !text.utf8.contains(0), !text.contains("http"), let name = Name("web") else {
            return nil
        }
        let event = Event(
            seq: 1, id: EventID(Bits128(high: 1, low: 2)), at: 0, service: name,
            author: Author(id: "v", name: "V"), body: text)
        let parts = MessageParts.of(event).map(\.content)
        // More parts than one event may have are a text that no page may send.
        guard parts.count < Limits.externalIDs else { return nil }
        var shown = String.UnicodeScalarView()
        for part in parts {
            if part.utf16.count > 2_000 { return "a part has \(part.utf16.count) units" }
            if let token = self.token(in: part) { return "\"\(token)\" stands there" }
            if self.lines(of: part).contains(where: self.isFormatted) {
                return "a line is formatted"
            }
            guard let text = self.unescaped(part) else { return "a mark stands there unescaped" }
            shown.append(contentsOf: text)
        }
        return self.visible(shown).elementsEqual(self.visible(text.unicodeScalars))
            ? nil : "another text is shown"
    }

    /// What Discord shows: every backslash hides, and shows what follows. `nil` if a mark stands
    /// there without one.
    private static func unescaped(_ text: String) -> String.UnicodeScalarView? {
        var shown = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                shown.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if self.marks.contains(scalar) {
                return nil
            } else {
                shown.append(scalar)
            }
        }
        return isEscaped ? nil : shown
    }

    /// How Discord's tokens begin; a letter, a digit or a sign follows.
    private static let tokens = ["<@", "<#", "<:", "</", "<t:", "<a:", "<id:"].map {
        Array($0.utf8)
    }

    /// A mention, an emoji, a time or the like; looked for byte by byte, as Swift's own search
    /// wouldn't find what a combining mark follows.
    private static func token(in text: String) -> String? {
        if text.utf8.containsBytes(of: "@everyone") { return "@everyone" }
        if text.utf8.containsBytes(of: "@here") { return "@here" }
        let bytes = Array(text.utf8)
        for index in bytes.indices where bytes[index] == UInt8(ascii: "<") {
            for token in self.tokens where bytes[index...].starts(with: token) {
                let next = bytes[index...].dropFirst(token.count).first ?? 0
                let isSign = "!&-_".utf8.contains(next)
                guard isSign || Character(Unicode.Scalar(next)).isASCIILetterOrDigit else {
                    continue
                }
                return String(decoding: token, as: UTF8.self)
            }
        }
        return nil
    }

    private static func lines(of text: String) -> [ArraySlice<UInt8>] {
        Array(text.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
    }

    /// Whether a line begins as a quote, a heading, small print or a list.
    private static func isFormatted(_ line: ArraySlice<UInt8>) -> Bool {
        let rest = line.drop { $0 == UInt8(ascii: " ") }
        if ["> ", ">>> ", "# ", "## ", "### ", "-# ", "- ", "* ", "+ "].contains(where: {
            rest.starts(with: $0.utf8)
        }) {
            return true
        }
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return !digits.isEmpty
            && [". ", ") "].contains { rest.dropFirst(digits.count).starts(with: $0.utf8) }
    }

    /// What of a text somebody sees: without space, which a message loses at its ends, without what
    /// is invisible, and without the marks of a tower.
    private static func visible(_ text: String.UnicodeScalarView) -> [Unicode.Scalar] {
        text.filter { scalar in
            let properties = scalar.properties
            switch properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .control, .lineSeparator, .paragraphSeparator:
                return false
            default:
                return !properties.isWhitespace && !properties.isDefaultIgnorableCodePoint
                    && !(0x2066...0x2069).contains(scalar.value)
            }
        }
    }
}

extension String.UTF8View {
    fileprivate func containsBytes(of word: String) -> Bool {
        self.indices.contains { self[$0...].starts(with: word.utf8) }
    }
}

extension Character {
    fileprivate var isASCIILetterOrDigit: Bool {
        self.isASCII && (self.isLetter || self.isNumber)
    }
}
