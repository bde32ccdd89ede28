import Foundation

/// A folder of a test's own, gone when the test is over.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        // Short, because a socket's path must fit in 107 bytes.
        self.path = "/tmp/cb-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(
            atPath: self.path, withIntermediateDirectories: true)
    }

    func file(_ name: String) -> String { "\(self.path)/\(name)" }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }
}
