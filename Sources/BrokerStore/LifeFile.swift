internal import FoundationEssentials

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What a broker last saw of a database, in a file beside it.
///
/// A copy that somebody put in the database's place by hand has the epoch of the one before, under
/// which gateways and pages know events that it hasn't. It is found out by having fewer events than
/// were there already.
package struct LifeFile: Sendable {
    private let path: String

    /// A file has no more than this, in bytes.
    private static let bytesMax = 64

    /// The file beside a database.
    package init(beside database: String) {
        self.path = database + ".life"
    }

    /// Whether more events of an epoch were seen than there are now. A file that is missing or
    /// says something else knows nothing.
    package func knowsMore(than events: Int64, of epoch: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: self.path),
            data.count <= Self.bytesMax
        else { return false }
        let parts = String(decoding: data, as: UTF8.self)
            .split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard parts.count == 2, parts[0] == epoch, let seen = Int64(parts[1]) else { return false }
        return seen > events
    }

    /// Remembers how many events of an epoch there are; whether that worked.
    package func write(events: Int64, of epoch: String) -> Bool {
        let unfinished = self.path + ".new"
        let file = open(unfinished, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return false }
        let bytes = Array("\(epoch) \(events)\n".utf8)
        let count = bytes.withUnsafeBytes { Self.write(file, $0) }
        // A file that is cut by a loss of power would know nothing, as if it had never been.
        let isWhole = count == bytes.count && fsync(file) == 0
        close(file)
        return isWhole && rename(unfinished, self.path) == 0
    }

    private static func write(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        // Named apart: this type has a `write` of its own.
        #if canImport(Glibc)
            Glibc.write(file, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(file, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(file, bytes.baseAddress, bytes.count)
        #endif
    }
}
