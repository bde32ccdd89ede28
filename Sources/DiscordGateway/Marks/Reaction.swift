/// What our bot shows beneath an operator's message of what became of it.
enum Reaction: String, CaseIterable, Sendable {
    /// A browser of the visitor has it.
    case delivered = "📨"
    /// It was on a visible page.
    case seen = "👀"
    /// It will never reach the visitor.
    case failed = "⚠️"
    /// It stays among operators: a note, or written by somebody who is none.
    case kept = "🔒"

    /// The reaction as a piece of a URL's path.
    var path: String {
        let digits = Array("0123456789ABCDEF")
        return self.rawValue.utf8.map { "%\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined()
    }
}
