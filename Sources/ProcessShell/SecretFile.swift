#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Who may be able to read and write a file with a secret.
enum SecretFile {
    /// Where container engines mount secrets, into a file system that is the service's alone; their
    /// modes are the engine's choice (0444) or those of a file that another user's number owns.
    private static let engineFolder = "/run/secrets/"
    /// Tokens have about 70 bytes.
    static let bytesMax = 4 << 10

    /// What is wrong with a file's permissions, to be read after its path; `nil` if nothing is.
    ///
    /// - Parameter user: who reads it. Where the file is another user's (`root:chatbox 0640`, or a
    ///   systemd credential), the group is how the reader may; where it is the reader's own, nobody
    ///   needs that.
    static func objection(_ file: SmallFile, path: String, user: UInt32) -> String? {
        if file.permissions & 0o022 != 0 {
            return "can be written by others than its owner; chmod go-w takes that from them"
        }
        if path.hasPrefix(self.engineFolder) { return nil }
        if file.permissions & 0o004 != 0 {
            return "can be read by every user of this machine; chmod 600 keeps it to its owner"
        }
        if file.permissions & 0o040 != 0, file.owner == user {
            return "can be read by its group; chmod 600 keeps it to its owner"
        }
        return nil
    }

    /// The text of a file that a setting names.
    static func read(_ path: String, key: String) throws(ProcessFailure) -> String {
        let file: SmallFile
        do {
            file = try SmallFile.read(path, bytesMax: self.bytesMax)
        } catch {
            throw self.failure(key, path, error.reason)
        }
        if let objection = self.objection(file, path: path, user: geteuid()) {
            throw self.failure(key, path, objection)
        }
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw self.failure(key, path, "is not UTF-8")
        }
        return text
    }

    private static func failure(_ key: String, _ path: String, _ reason: String) -> ProcessFailure {
        ProcessFailure(
            .configuration, "\(key) names \(path), which \(reason). Mend it and start again.")
    }
}
