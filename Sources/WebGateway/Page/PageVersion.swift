import Crypto
import FoundationEssentials

/// Which version of the page's files is served: a page that was loaded from another one reloads
/// itself once.
struct PageVersion: Equatable, Sendable {
    /// 16 hexadecimal digits of the SHA-256 over names and contents.
    let digits: String

    /// The version of some files by their names.
    init(files: [String: [UInt8]]) {
        var hash = SHA256()
        for (name, bytes) in files.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        ) {
            // The lengths keep apart what one file ends with and the next begins with.
            hash.update(data: Array("\(name.utf8.count) \(name) \(bytes.count) ".utf8))
            hash.update(data: bytes)
        }
        self.digits = hash.finalize().prefix(8).map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0\(text)" : text
        }.joined()
    }

    /// The version of a folder as it stands now; a folder that can't be read counts as empty.
    init(folder: String) {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        var files: [String: [UInt8]] = [:]
        for name in names {
            guard let content = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
                continue
            }
            files[name] = Array(content)
        }
        self.init(files: files)
    }
}
