import Foundation

/// An input of the fuzzer's (Tests/fuzz.sh) that once broke a property, or was made by hand because
/// it well might: tried for ever.
public struct RegressionInput: Sendable, CustomStringConvertible {
    /// The name of its file, which says what is in it.
    public let name: String
    /// What is read.
    public let bytes: [UInt8]

    /// What a test's report calls it.
    public var description: String { self.name }

    /// All of a target of the fuzzer, by their names.
    ///
    /// - Throws: ``MissingInputs`` if there is none: a test without an input would hold whatever
    ///   happens.
    public static func all(of target: String) throws -> [RegressionInput] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fuzz/Regressions/\(target)")
        let files = try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
        guard let files, !files.isEmpty else { throw MissingInputs(target: target) }
        return try files.sorted { $0.lastPathComponent < $1.lastPathComponent }.map { file in
            RegressionInput(name: file.lastPathComponent, bytes: Array(try Data(contentsOf: file)))
        }
    }
}

/// A target of the fuzzer for which nothing is kept.
public struct MissingInputs: Error, Equatable, CustomStringConvertible {
    /// The target.
    public let target: String

    /// What is missing, and what to do.
    public var description: String {
        "Tests/Fuzz/Regressions/\(self.target) holds no input, so nothing would be tried: take it "
            + "back from the repository, or put an input there."
    }
}
