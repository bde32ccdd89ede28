/// Escapes what formats a whole line: quotes, headings, small print and lists.
///
/// It comes after dividing, because a division makes a new beginning.
enum LineStarts {
    /// The text with a backslash before each mark that begins a line.
    static func escaped(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { self.escaped(line: $0) }
            .joined(separator: "\n")
    }

    private static func escaped(line: Substring) -> String {
        let indent = line.prefix { $0 == " " }
        let rest = line.dropFirst(indent.count)
        switch rest.first {
        case ">", "#", "-", "+": return indent + "\\" + rest
        case .some(let first) where first.isASCII && first.isNumber:
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let after = rest.dropFirst(digits.count)
            guard after.first == "." || after.first == ")" else { return String(line) }
            return indent + digits + "\\" + after
        default: return String(line)
        }
    }
}
