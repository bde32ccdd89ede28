import Protocol

/// Divides a visitor's text into Discord messages, in order and without losing a character that
/// can be seen.
enum MessageParts {
    /// UTF-16 units of one part after escaping. Discord takes 2,000; the rest is kept for a line's
    /// beginning that must be escaped, and because its way of counting is undocumented.
    static let unitsMax = 1_900

    /// The parts of an event's text; empty if there is nothing in it that can be seen.
    static func of(_ event: Event) -> [MessagePart] {
        self.divide(VisitorText(event.body).atoms).prefix(Limits.externalIDs).enumerated().map {
            MessagePart(content: $1, nonce: MessageNonce.of(event.id, part: $0))
        }
    }

    /// Fills part after part, and ends each at the best place in its second half: an empty line,
    /// else a line's end, else a space, else between two characters.
    static func divide(_ atoms: [VisitorText.Atom]) -> [String] {
        var parts: [String] = []
        var rest = self.torn(atoms)[...]
        while !rest.isEmpty {
            let end = self.end(of: rest)
            let text = LineStarts.escaped(self.trimmed(rest[..<end]))
            if !text.isEmpty { parts.append(text) }
            rest = rest[end...]
        }
        return parts
    }

    private static func end(of atoms: ArraySlice<VisitorText.Atom>) -> Int {
        var units = 0
        var best: (rank: Int, index: Int)?
        for index in atoms.indices {
            units += atoms[index].units
            guard units <= self.unitsMax else { return best?.index ?? index }
            guard units >= self.unitsMax / 2 else { continue }
            let rank = self.rank(of: index, in: atoms)
            // The last place of the best rank fills the part most.
            if rank > 0, rank >= best?.rank ?? 0 { best = (rank, index + 1) }
        }
        return atoms.endIndex
    }

    private static func rank(of index: Int, in atoms: ArraySlice<VisitorText.Atom>) -> Int {
        switch atoms[index].kind {
        case .newline:
            index > atoms.startIndex && atoms[index - 1].kind == .newline ? 3 : 2
        case .space: 1
        case .other: 0
        }
    }

    /// Discord trims each message; doing it here keeps what we sent equal to what it shows.
    private static func trimmed(_ atoms: ArraySlice<VisitorText.Atom>) -> String {
        var atoms = atoms
        while let first = atoms.first, self.isBlank(first) { atoms.removeFirst() }
        while let last = atoms.last, self.isBlank(last) { atoms.removeLast() }
        guard atoms.contains(where: self.isVisible) else { return "" }
        return atoms.lazy.map(\.text).joined()
    }

    private static func isBlank(_ atom: VisitorText.Atom) -> Bool {
        atom.kind != .other || atom.text.allSatisfy(\.isWhitespace)
    }

    /// A text of nothing but invisible characters would be refused as empty.
    private static func isVisible(_ atom: VisitorText.Atom) -> Bool {
        !self.isBlank(atom)
            && atom.text.unicodeScalars.contains { !$0.properties.isDefaultIgnorableCodePoint }
    }

    /// A single grapheme may be longer than a message: then its scalars part.
    private static func torn(_ atoms: [VisitorText.Atom]) -> [VisitorText.Atom] {
        guard atoms.contains(where: { $0.units > self.unitsMax / 2 }) else { return atoms }
        return atoms.flatMap { atom -> [VisitorText.Atom] in
            guard atom.units > self.unitsMax / 2 else { return [atom] }
            return atom.text.unicodeScalars.map { VisitorText.Atom(text: String($0), kind: .other) }
        }
    }
}
