/// A visitor's text made ready for Discord: as it stands, whatever it looks like.
///
/// The text is hostile until shown otherwise. It can't format itself, mention anybody, or hide;
/// `allowed_mentions` and the flag against previews are the second line of defence.
struct VisitorText: Equatable, Sendable {
    /// A piece that must not be torn apart: an escaped character, a grapheme, a line's end.
    struct Atom: Equatable, Sendable {
        /// Where a text may be divided.
        enum Kind: Equatable, Sendable {
            case newline
            case space
            case other
        }

        /// What stands in Discord.
        var text: String
        /// Its kind.
        var kind: Kind

        /// Its length as Discord counts.
        var units: Int { self.text.utf16.count }
    }

    /// The pieces, in order.
    private(set) var atoms: [Atom] = []

    /// Stands after a character that would begin one of Discord's tokens, and takes no room.
    private static let zeroWidthSpace = "\u{200B}"

    /// Escapes a text.
    init(_ text: String) {
        var rest = Self.cleaned(text)[...]
        while let character = rest.first {
            if let mark = Self.hiddenASCII(in: rest) {
                self.add(String(rest.unicodeScalars[..<mark]))
                rest = Substring(rest.unicodeScalars[mark...])
            } else if let url = Self.url(at: rest),
                self.atoms.last.map({ Self.endsWord($0) }) ?? true
            {
                for index in url.indices {
                    self.add(
                        Self.beginsInvite(url[index...])
                            ? Self.broken(url[index]) : Self.quoted(url[index]))
                }
                rest = rest.dropFirst(url.count)
            } else {
                let next = rest.dropFirst()
                self.add(Self.escaped(character, before: next))
                rest = next
            }
        }
    }

    /// Where in a text's first character an ASCII one stands behind a sign that Unicode prepends
    /// (U+0600, say): Swift makes one character of them, and Discord reads what formats all the same
    /// (UAX #29, rule GB9b). Nothing else joins ASCII to what stands before it.
    private static func hiddenASCII(in text: Substring) -> String.Index? {
        guard !text.isEmpty else { return nil }
        let scalars = text.unicodeScalars[..<text.index(after: text.startIndex)]
        return scalars.indices.dropFirst().first { scalars[$0].isASCII }
    }

    private mutating func add(_ text: String) {
        switch text {
        case "\n": self.atoms.append(Atom(text: text, kind: .newline))
        case " ": self.atoms.append(Atom(text: text, kind: .space))
        default: self.atoms.append(Atom(text: text, kind: .other))
        }
    }

    /// A character that Discord would read as formatting gets a backslash; one that would begin a
    /// mention, an emoji or a time gets a zero-width space behind it.
    private static func escaped(_ character: Character, before rest: Substring) -> String {
        switch character {
        // Of a mark and what combines with it Swift makes one character, and Discord doesn't.
        case _ where self.formats.contains(character.unicodeScalars.first ?? " "):
            "\\\(character)"
        case "d", "D": self.beginsInvite(character, rest) ? self.broken(character) : "\(character)"
        case "@" where rest.hasPrefix("everyone") || rest.hasPrefix("here"):
            "@" + self.zeroWidthSpace
        case "<": self.beginsToken(rest) ? "<" + self.zeroWidthSpace : "<"
        default: String(character)
        }
    }

    /// What Discord reads as formatting wherever it stands.
    private static let formats = Set("\\*_~|`[]".unicodeScalars)

    private static func beginsToken(_ rest: Substring) -> Bool {
        ["@", "#", "/", ":", "a:", "t:", "id:", "+"].contains { rest.hasPrefix($0) }
    }

    /// Addresses that Discord shows as an invitation or a gift, wherever they stand and whatever
    /// flags a message has: a stranger's could look like the team's own.
    private static let invites = [
        "discord.gg/", "discord.com/invite/", "discordapp.com/invite/", "discord.gift/",
        "discord.com/gifts/", "discordapp.com/gifts/", "discord.new/", "discord.com/template/",
    ]

    private static func beginsInvite(_ first: Character, _ rest: Substring) -> Bool {
        guard first == "d" || first == "D" else { return false }
        // As long as the longest of them.
        let head = "d" + rest.prefix(21).lowercased()
        return self.invites.contains { head.hasPrefix($0) }
    }

    private static func beginsInvite(_ text: Substring) -> Bool {
        text.first.map { self.beginsInvite($0, text.dropFirst()) } ?? false
    }

    /// A character behind which a word isn't taken for what it is any more.
    private static func broken(_ character: Character) -> String {
        "\(character)" + self.zeroWidthSpace
    }

    /// A link as long as Discord would take it, or `nil`.
    private static func url(at text: Substring) -> Substring? {
        guard text.first == "h" else { return nil }
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            let link = text.prefix { character in
                !character.isWhitespace && character != "<" && character != ">"
                    && !character.unicodeScalars.dropFirst().contains { $0.isASCII }
            }
            return link.count > scheme.count ? link : nil
        }
        return nil
    }

    private static func endsWord(_ atom: Atom) -> Bool {
        guard atom.kind == .other, let last = atom.text.last else { return true }
        return !last.isLetter && !last.isNumber
    }

    /// A link's character: a backslash would break the link, so what formats is written by its code.
    private static func quoted(_ character: Character) -> String {
        var scalars = character.unicodeScalars
        guard let first = scalars.first, let code = self.codes[first] else {
            return String(character)
        }
        scalars.removeFirst()
        return code + String(scalars)
    }

    private static let codes: [Unicode.Scalar: String] = [
        "*": "%2A", "`": "%60", "|": "%7C", "\\": "%5C", "[": "%5B", "]": "%5D", "~": "%7E",
    ]

    /// Marks that may follow a character; real text needs fewer, and more of them climb over the
    /// neighbouring lines.
    private static let combiningMax = 8

    /// Without characters that can't be seen and do harm: controls, those that turn the direction
    /// of what follows, tags; and without towers of combining marks.
    private static func cleaned(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        var combining = 0
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            switch scalar.value {
            case 0x0A where previous == "\r": continue
            case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: scalars.append("\n")
            case 0x09: scalars.append(" ")
            case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x202A...0x202E, 0x2066...0x2069,
                0xE0000...0xE007F:
                continue
            default:
                combining = self.isCombining(scalar) ? combining + 1 : 0
                if combining <= self.combiningMax { scalars.append(scalar) }
            }
        }
        return String(scalars)
    }

    private static func isCombining(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        default: false
        }
    }
}
