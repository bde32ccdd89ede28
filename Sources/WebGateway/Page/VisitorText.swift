import Protocol

/// A visitor's name: at most 40 scalars and the bytes that an author's name may have.
enum VisitorName {
    /// What stands for no name.
    static let none = "Visitor"
    /// Scalars of a name.
    static let scalarsMax = 40

    /// A name without control characters and outer space, cut to its limits; `nil` if nothing is
    /// left.
    static func clean(_ text: String) -> String? {
        var name = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars where scalar.properties.generalCategory != .control {
            if name.isEmpty, scalar.properties.isWhitespace { continue }
            bytes += UTF8.width(scalar)
            guard name.count < self.scalarsMax, bytes <= Limits.authorNameBytes else { break }
            name.append(scalar)
        }
        while let last = name.last, last.properties.isWhitespace { name.removeLast() }
        return name.isEmpty ? nil : String(name)
    }
}

/// What a visitor's message may be.
enum MessageRules {
    /// Unicode scalars of a message.
    static let scalarsMax = 4_000
    /// UTF-8 bytes of a message.
    static let bytesMax = 16_384

    /// What is wrong with a text; `nil` if nothing.
    static func refusal(of body: String) -> PageRefusal.Reason? {
        if body.unicodeScalars.allSatisfy(\.properties.isWhitespace) { return .messageEmpty }
        if body.utf8.count > self.bytesMax || body.unicodeScalars.count > self.scalarsMax {
            return .messageTooLong
        }
        return nil
    }
}
