extension Setting {
    /// Columns that a line of help takes at most: a terminal's usual 80, and some air.
    private static let columns = 76

    /// The part of `--help` about settings: where they come from, and each of them.
    package static func help(_ settings: [Setting]) -> String {
        """
        Settings come from the environment, and from the file that --config names: a KEY=VALUE a \
        line, with comments on lines that begin with #. The environment wins. A wrong value, an \
        unknown key or a file that can't be read ends the process with 78 and a sentence.

        \(settings.map(\.help).joined(separator: "\n"))
        """
    }

    private var help: String {
        let standard = self.standard.map { " (\($0))" } ?? ""
        return "  \(self.key)\(standard)\n\(Self.wrapped(self.meaning, indent: 6))"
    }

    /// Words in lines of ``columns`` at most, each indented.
    private static func wrapped(_ text: String, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= self.columns {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(margin + word)
            }
        }
        return lines.joined(separator: "\n")
    }
}
