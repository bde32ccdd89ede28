internal import Configuration

/// A process's settings, read once at start and checked while they are read.
///
/// A wrong value is a ``ProcessFailure`` with exit code 78 that names the key, the value (unless it
/// is a secret) and what it must be.
package struct Settings: Sendable {
    private let reader: ConfigReader

    /// The settings of this process's environment.
    package init() {
        self.reader = ConfigReader(provider: EnvironmentVariablesProvider())
    }

    /// The settings that these variables would make, for tests.
    package init(environment: [String: String]) {
        self.reader = ConfigReader(
            provider: EnvironmentVariablesProvider(environmentVariables: environment))
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
        ProcessFailure(
            .configuration,
            "\(key) is \"\(text.prefix(100))\" and must be \(expectation). Correct it and start again."
        )
    }
}
