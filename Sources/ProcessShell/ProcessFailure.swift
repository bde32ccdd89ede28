/// Why a process can't start or go on, as one sentence for whoever runs it: what is wrong, where,
/// and what to do.
package struct ProcessFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// How the process ends.
    package var exitCode: ExitCode
    /// The sentence. It holds no secret.
    package var sentence: String

    /// A failure.
    package init(_ exitCode: ExitCode, _ sentence: String) {
        self.exitCode = exitCode
        self.sentence = sentence
    }

    package var description: String { self.sentence }
}
