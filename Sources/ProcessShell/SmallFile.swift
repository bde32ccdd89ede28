#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A small file that an operator named: settings, a token.
struct SmallFile: Equatable, Sendable {
    /// Why a file can't be used, to be read after its path.
    struct Objection: Error, Equatable, Sendable {
        let reason: String
    }

    /// All that is in it.
    var bytes: [UInt8]
    /// The permission bits of its mode.
    var permissions: UInt32
    /// The number of the user who owns it.
    var owner: UInt32

    /// Reads a regular file of at most so many bytes. Never waits, as reading a pipe would.
    static func read(_ path: String, bytesMax: Int) throws(Objection) -> SmallFile {
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else {
            throw Objection(reason: self.reason(of: errno))
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Objection(reason: self.reason(of: errno)) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw Objection(reason: "is a folder")
        case S_IFIFO: throw Objection(reason: "is a pipe and must be a file")
        default: throw Objection(reason: "is no regular file")
        }
        var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
        var count = 0
        while count < bytes.count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                Self.readSome(file, buffer, from: count)
            }
            guard read >= 0 else { throw Objection(reason: self.reason(of: errno)) }
            guard read > 0 else { break }
            count += read
        }
        guard count <= bytesMax else {
            throw Objection(reason: "is larger than \(bytesMax) bytes")
        }
        return SmallFile(
            bytes: Array(bytes[..<count]), permissions: UInt32(status.st_mode & 0o7777),
            owner: UInt32(status.st_uid))
    }

    private static func readSome(
        _ file: Int32, _ buffer: UnsafeMutableRawBufferPointer, from offset: Int
    ) -> Int {
        guard let start = buffer.baseAddress else { return 0 }
        while true {
            let count = Self.systemRead(file, start + offset, buffer.count - offset)
            guard count < 0, errno == EINTR else { return count }
        }
    }

    private static func systemRead(
        _ file: Int32, _ start: UnsafeMutableRawPointer, _ count: Int
    ) -> Int {
        // Named apart: this type has a `read` of its own.
        #if canImport(Glibc)
            Glibc.read(file, start, count)
        #elseif canImport(Musl)
            Musl.read(file, start, count)
        #else
            Darwin.read(file, start, count)
        #endif
    }

    private static func reason(of code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR: "doesn't exist"
        case EACCES, EPERM: "can't be read: permission denied"
        case ELOOP: "is a circle of links"
        case ENXIO: "is no regular file"
        default: "can't be read: \(String(cString: strerror(code)))"
        }
    }
}
