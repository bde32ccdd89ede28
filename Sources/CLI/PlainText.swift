/// Text from elsewhere, made safe for a terminal: names and reasons may hold what would clear the
/// screen, colour it, or turn the rest of the line round.
enum PlainText {
    /// The text without control characters, line breaks and marks of direction.
    static func of(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { scalar in
                    switch scalar.value {
                    case 0..<0x20, 0x7F..<0xA0: false
                    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: false
                    default: true
                    }
                }))
    }
}

/// Columns of text with two spaces between, for people.
struct TextTable {
    private var rows: [[String]]

    /// A table with these headings.
    init(_ headings: [String]) {
        self.rows = [headings]
    }

    /// Adds a row; each cell is made plain.
    mutating func add(_ cells: [String]) {
        self.rows.append(cells.map(PlainText.of))
    }

    /// The lines.
    var text: String {
        let columns = self.rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            self.rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return self.rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                guard column + 1 < row.count else { continue }
                line += String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            return line
        }.joined(separator: "\n")
    }
}

/// How long ago something was, for people.
enum Age {
    /// Like `5 s`, `12 min`, `3 h` or `8 d`.
    ///
    /// - Parameters: both in milliseconds since 1970; a time to come counts as now.
    static func text(since then: Int64, now: Int64) -> String {
        let seconds = max(0, now - then) / 1_000
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7_200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3_600) h"
        default: return "\(seconds / 86_400) d"
        }
    }
}
