internal import ArgumentParser

/// What every process of ours takes on its command line.
package struct ProcessOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "A file of settings, instead of the one that CHATBOX_CONFIG names.", valueName: "file"))
    private var files: [String] = []

    package init() {}

    package func validate() throws {
        guard self.files.count <= 1 else {
            throw ValidationError("--config stands there \(self.files.count) times; name one file.")
        }
    }

    /// The file that was named, if one was.
    package var config: String? { self.files.first }
}
