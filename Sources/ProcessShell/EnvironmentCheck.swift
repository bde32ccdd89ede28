/// Looks for settings that nobody reads: a misspelt name would otherwise leave its default in force
/// without a word.
struct EnvironmentCheck: Equatable, Sendable {
    /// A name that is one or two slips away from one that we know.
    struct NearMiss: Equatable, Sendable {
        /// The name that is there.
        var found: String
        /// The name that was probably meant.
        var meant: String
    }

    /// The first such name, if there is one.
    var nearMiss: NearMiss?
    /// Names of ours by their beginning that no process knows, in order.
    var unknown: [String] = []

    /// The stand-in's own settings, of which there are many for tests.
    private static let sandboxPrefix = "DISCORD_SANDBOX_"

    /// Checks the names of an environment.
    init(_ names: some Sequence<String>) {
        let known = SettingCatalogue.names
        for name in names.sorted() where Self.isOurs(name) && !known.contains(name) {
            let meant = SettingCatalogue.meant(by: name, among: known)
            if let meant, self.nearMiss == nil {
                self.nearMiss = NearMiss(found: name, meant: meant)
            } else if meant == nil {
                self.unknown.append(name)
            }
        }
    }

    private static func isOurs(_ name: String) -> Bool {
        (name.hasPrefix("CHATBOX_") || name.hasPrefix("DISCORD_"))
            && !name.hasPrefix(self.sandboxPrefix)
    }

    /// How many letters must be added, left out or changed to make one name the other; 3 stands for
    /// more than 2 (Levenshtein's distance, one row at a time).
    static func slips(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard abs(left.count - right.count) <= 2 else { return 3 }
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in 1..<row.count {
                let change = diagonal + (byte == right[column - 1] ? 0 : 1)
                diagonal = row[column]
                row[column] = min(change, min(row[column], row[column - 1]) + 1)
            }
        }
        return min(row[right.count], 3)
    }
}
