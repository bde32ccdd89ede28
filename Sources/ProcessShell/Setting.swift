/// A setting that one of our processes reads, as `--help` shows it.
package struct Setting: Equatable, Sendable {
    /// Its name in the environment and in the file.
    package let key: String
    /// What holds where it is absent; `nil` if nothing does.
    package let standard: String?
    /// What it is for, and which values are right.
    package let meaning: String
    /// Whether its value is a secret: never printed, and never read from the settings' file.
    package let isSecret: Bool

    /// A setting.
    package init(
        _ key: String, default standard: String?, _ meaning: String, isSecret: Bool = false
    ) {
        self.key = key
        self.standard = standard
        self.meaning = meaning
        self.isSecret = isSecret
    }
}
