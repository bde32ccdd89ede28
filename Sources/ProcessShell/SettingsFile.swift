/// What a file of settings says: `KEY=VALUE` a line, comments on lines of their own.
///
/// It is the form that systemd's `EnvironmentFile=` and compose's `env_file:` read too, without what
/// those differ in: what they would read differently is refused, with the line and what to do.
struct SettingsFile: Equatable, Sendable {
    /// One setting.
    struct Entry: Equatable, Sendable {
        var value: String
        /// Counted from 1.
        var line: Int
    }

    /// The file, as it was named.
    let path: String
    private(set) var entries: [String: Entry] = [:]

    /// Larger is no file of settings; all keys with their longest values take less than half.
    static let bytesMax = 64 << 10

    /// Reads the file's bytes.
    init(_ bytes: [UInt8], path: String) throws(ProcessFailure) {
        self.path = path
        guard !bytes.isEmpty else {
            throw Self.wrong("\(path) is empty. Write settings into it, or name no file")
        }
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            throw Self.wrong("\(path) begins with a byte order mark. Save it as UTF-8 without one")
        }
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
            .enumerated()
        {
            try self.read(line, number: index + 1)
        }
    }

    private mutating func read(_ bytes: ArraySlice<UInt8>, number: Int) throws(ProcessFailure) {
        let place = "Line \(number) of \(self.path)"
        guard bytes.last != 0x0D else {
            throw Self.wrong(
                "\(place) ends as on Windows. Let lines end with a line feed only (sed -i "
                    + "'s/\\r$//' does)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.wrong("\(place) is not UTF-8. Save the file as UTF-8")
        }
        let line = Self.trimmed(text[...])
        guard line.contains(where: { $0 != "\t" }), line.first != "#" else { return }
        guard !line.utf8.contains(0x09) else {
            throw Self.wrong("\(place) holds a tab. Use spaces")
        }
        guard line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Self.wrong("\(place) holds a control character. Remove it")
        }
        guard let equals = line.firstIndex(of: "=") else {
            throw Self.wrong("\(place) is no KEY=VALUE. A comment begins with #")
        }
        let key = String(Self.trimmed(line[..<equals]))
        try Self.check(key, place)
        if let first = self.entries[key] {
            throw Self.wrong(
                "\(place) sets \(key), which line \(first.line) did already. Remove one of them")
        }
        let value = try Self.value(Self.trimmed(line[line.index(after: equals)...]), place)
        self.entries[key] = Entry(value: value, line: number)
    }

    private static func check(_ key: String, _ place: String) throws(ProcessFailure) {
        guard !key.hasPrefix("export ") else {
            throw self.wrong(
                "\(place) begins with \"export\". This is no shell script: leave it out")
        }
        guard key != "CHATBOX_CONFIG" else {
            throw self.wrong("\(place) names a file of settings. Only the environment can")
        }
        guard let setting = SettingCatalogue.all[key] else {
            let meant = SettingCatalogue.meant(by: key, among: SettingCatalogue.all.keys)
            throw self.wrong(
                "\(place) sets \"\(key.prefix(64))\", which is no setting; "
                    + (meant.map { "did you mean \($0)?" } ?? "--help lists them all")
                    + " Correct or remove it")
        }
        guard !setting.isSecret else {
            throw self.wrong(
                "\(place) holds a secret, \(key). Such a file is copied and read by others: take "
                    + "it out, and give the token in a file of its own, which DISCORD_TOKEN_FILE "
                    + "names, or in the environment")
        }
    }

    /// A value without the quotes around it.
    private static func value(
        _ text: Substring, _ place: String
    ) throws(ProcessFailure) -> String {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            guard !text.contains(" #") else {
                throw self.wrong(
                    "\(place) holds \" #\". A comment needs a line of its own; if it is part of "
                        + "the value, put that in quotes")
            }
            return String(text)
        }
        let inner = text.dropFirst().dropLast()
        guard text.count >= 2, text.last == quote, !inner.contains(quote) else {
            throw self.wrong("\(place) has a quote without its other half. Mend the quotes")
        }
        return String(inner)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }

    private static func wrong(_ sentence: String) -> ProcessFailure {
        ProcessFailure(.configuration, "\(sentence), and start again.")
    }
}
