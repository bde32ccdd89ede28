internal import Configuration
internal import FoundationEssentials

/// A process's settings, read once at start and checked while they are read.
///
/// They come from the environment and, where that is silent, from a file. A wrong value is a
/// ``ProcessFailure`` with exit code 78 that names the key, the value (unless it is a secret), where
/// it stands and what it must be.
package struct Settings: Sendable {
    private let reader: ConfigReader
    /// Which line of the file a setting comes from, where it does.
    private let lines: [String: Int]
    private let file: String?

    /// The longest path of a socket in bytes: `sun_path` holds 108 with its end (unix(7)).
    private static let socketPathBytes = 107

    /// The settings of this process: its environment, and the file that `config` or else
    /// `CHATBOX_CONFIG` names.
    package init(config: String?) throws(ProcessFailure) {
        let environment = ProcessInfo.processInfo.environment
        let variable = environment["CHATBOX_CONFIG"] ?? ""
        guard let path = config ?? (variable.isEmpty ? nil : variable) else {
            self.init(environment: environment)
            return
        }
        let file: SmallFile
        do {
            file = try SmallFile.read(path, bytesMax: SettingsFile.bytesMax)
        } catch {
            throw ProcessFailure(
                .configuration,
                "\(config == nil ? "CHATBOX_CONFIG" : "--config") names \(path), which "
                    + "\(error.reason). Name a file of settings, or none, and start again.")
        }
        self.init(environment: environment, file: try SettingsFile(file.bytes, path: path))
    }

    /// The settings that these variables would make, for tests.
    package init(environment: [String: String]) {
        self.init(environment: environment, file: nil)
    }

    /// The settings of an environment, and of a file where that is silent.
    init(environment: [String: String], file: SettingsFile?) {
        // An empty variable counts as absent; compose makes such of what isn't set.
        let environment = environment.filter { !$0.value.isEmpty }
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(environmentVariables: environment)
        ]
        let entries = (file?.entries ?? [:]).filter { environment[$0.key] == nil }
        if !entries.isEmpty {
            providers.append(
                EnvironmentVariablesProvider(environmentVariables: entries.mapValues(\.value)))
        }
        self.reader = ConfigReader(providers: providers)
        self.lines = entries.mapValues(\.line)
        self.file = file?.path
    }

    /// A text; an empty one counts as absent.
    package func text(_ key: String, isSecret: Bool = false) -> String? {
        // The reader's own keys are paths: CHATBOX_WEB_PORT is read as "chatbox.web.port".
        let path = key.lowercased().split(separator: "_").joined(separator: ".")
        let value = self.reader.string(forKey: ConfigKey(path), isSecret: isSecret)
        return value == "" ? nil : value
    }

    /// A text, or what stands for it.
    package func text(_ key: String, default otherwise: String) -> String {
        self.text(key) ?? otherwise
    }

    /// The text of a file that a setting names, if it names one.
    ///
    /// - Throws: ``ProcessFailure`` if the file can't be read, or others than who must can read or
    ///   write it.
    package func secretFile(_ key: String) throws(ProcessFailure) -> String? {
        guard let path = self.text(key) else { return nil }
        return try SecretFile.read(path, key: key)
    }

    /// The absolute path of a Unix socket, or what stands for it.
    package func socketPath(
        _ key: String, default otherwise: String
    ) throws(ProcessFailure) -> String {
        let named = self.text(key, default: otherwise)
        let folder = FileManager.default.currentDirectoryPath
        let path = named.hasPrefix("/") ? named : folder + (folder == "/" ? "" : "/") + named
        guard path.utf8.count <= Self.socketPathBytes else {
            throw ProcessFailure(
                .configuration,
                "\(key) is \(path)\(self.place(of: key)): \(path.utf8.count) bytes, and the system "
                    + "allows \(Self.socketPathBytes). Set a shorter path and start again.")
        }
        return path
    }

    /// An integer in a range, or what stands for it.
    package func integer(
        _ key: String, default otherwise: Int, in range: ClosedRange<Int>
    ) throws(ProcessFailure) -> Int {
        guard let text = self.text(key) else { return otherwise }
        guard let value = Int(text), range.contains(value) else {
            throw self.wrong(
                key, text, "a whole number of \(range.lowerBound)–\(range.upperBound)")
        }
        return value
    }

    /// Seconds, perhaps with a fraction, in a range, or what stands for them.
    package func seconds(
        _ key: String, default otherwise: Double, in range: ClosedRange<Double>
    ) throws(ProcessFailure) -> Duration {
        guard let text = self.text(key) else { return .seconds(otherwise) }
        guard let value = Double(text), range.contains(value) else {
            throw self.wrong(
                key, text, "a number of seconds of \(range.lowerBound)–\(range.upperBound)")
        }
        return .seconds(value)
    }

    /// A value that a text spells, or what stands for it; the reader answers `nil` for a text of
    /// another form.
    package func value<Value>(
        _ key: String, default otherwise: Value, _ expectation: String,
        _ read: (String) -> Value?
    ) throws(ProcessFailure) -> Value {
        guard let text = self.text(key) else { return otherwise }
        guard let value = read(text) else { throw self.wrong(key, text, expectation) }
        return value
    }

    /// The failure for a wrong value.
    package func wrong(_ key: String, _ text: String, _ expectation: String) -> ProcessFailure {
        let isSecret = SettingCatalogue.all[key]?.isSecret ?? false
        let value = isSecret ? "not shown" : String(reflecting: String(text.prefix(100)))
        return ProcessFailure(
            .configuration,
            "\(key) is \(value)\(self.place(of: key)) and must be \(expectation). Correct it and "
                + "start again.")
    }

    private func place(of key: String) -> String {
        guard let line = self.lines[key], let file = self.file else { return "" }
        return " (line \(line) of \(file))"
    }
}
