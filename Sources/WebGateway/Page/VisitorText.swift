import Protocol

/// A visitor's name, or another person's: at most 40 scalars and the bytes that an author's name
/// may have.
enum VisitorName {
    /// What stands for no name.
    static let none = "Visitor"
    /// Scalars of a name.
    static let scalarsMax = 40
    /// Marks on one letter, of which real text needs fewer; more would be a tower over other lines.
    static let marksMax = 8

    /// A name on one line, without outer space and what can't be seen or turns the direction of
    /// writing, cut to its limits; `nil` if nothing is left.
    static func clean(_ text: String) -> String? {
        var name = String.UnicodeScalarView()
        var bytes = 0
        var marks = 0
        for scalar in text.unicodeScalars where !self.isDropped(scalar) {
            let isSpace = scalar.properties.isWhitespace
            if isSpace, name.isEmpty { continue }
            marks = self.isMark(scalar) ? marks + 1 : 0
            guard marks <= self.marksMax else { continue }
            let kept: Unicode.Scalar = isSpace ? " " : scalar
            bytes += UTF8.width(kept)
            guard name.count < self.scalarsMax, bytes <= Limits.authorNameBytes else { break }
            name.append(kept)
        }
        while let last = name.last, last.properties.isWhitespace || self.isJoiner(last) {
            name.removeLast()
        }
        return name.allSatisfy(self.isJoiner) ? nil : String(name)
    }

    /// Control characters, and signs that only steer how others are shown, but for the joiners
    /// that scripts and emoji need.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control: !scalar.properties.isWhitespace
        case .format: !self.isJoiner(scalar)
        case .privateUse, .surrogate, .unassigned: true
        default: false
        }
    }

    /// Zero width joiner and non-joiner.
    private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\u{200D}" || scalar == "\u{200C}"
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        default: false
        }
    }
}

/// What a visitor's message may be.
enum MessageRules {
    /// Unicode scalars of a message.
    static let scalarsMax = 4_000
    /// UTF-8 bytes of a message.
    static let bytesMax = 16_384

    /// What is wrong with a text; `nil` if nothing.
    ///
    /// What it holds is stored as it was written: how it is shown is each side's own care.
    static func refusal(of body: String) -> PageRefusal.Reason? {
        if body.unicodeScalars.allSatisfy(self.isInvisible) { return .messageEmpty }
        if body.utf8.count > self.bytesMax || body.unicodeScalars.count > self.scalarsMax {
            return .messageTooLong
        }
        return nil
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        return properties.isWhitespace || properties.isDefaultIgnorableCodePoint
            || properties.generalCategory == .control
    }
}
