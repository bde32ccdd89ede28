#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Whether a database's files still stand where the broker opened them.
///
/// Somebody may delete them, or put others in their place. SQLite goes on with the ones that it has
/// open, whose content nobody would find again.
package struct PlacedFiles: Equatable, Sendable {
    /// Which file stands somewhere.
    struct Identity: Equatable, Sendable {
        var device: UInt64
        var number: UInt64

        init(device: UInt64, number: UInt64) {
            self.device = device
            self.number = number
        }

        /// The file at a path; `nil` if there is none.
        init?(at path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.init(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        }
    }

    /// The database.
    var file: Identity?
    /// Its log.
    var log: Identity?

    /// The files that stand beside a path now.
    package init(at path: String) {
        self.init(file: Identity(at: path), log: Identity(at: path + "-wal"))
    }

    init(file: Identity?, log: Identity?) {
        self.file = file
        self.log = log
    }

    /// What has happened to these files; `nil` if they are the ones that stand there now.
    package func displacement(now: PlacedFiles) -> String? {
        if now.file == nil { return "was deleted" }
        if now.file != self.file { return "was replaced by another file" }
        if now.log == nil { return "lost its log (-wal), which was deleted" }
        if now.log != self.log { return "lost its log (-wal), which was replaced by another file" }
        return nil
    }
}

/// The first bytes of a database's file, as SQLite writes them
/// (https://www.sqlite.org/fileformat2.html#the_database_header).
package struct DatabaseHeader: Equatable, Sendable {
    /// How many bytes of the file are read for it.
    package static let bytes = 100

    /// The file's size in bytes.
    var size: Int64
    /// Which program's file it is; `nil` if it is no database.
    var application: Int32?
    /// How many bytes the file must have at least.
    var needed: Int64
    /// Grows with the file's changes, when the log is brought into it.
    var counter: UInt32

    /// The header in a file's first bytes, and the file's size.
    package init(_ bytes: [UInt8], size: Int64) {
        self.size = size
        self.application = nil
        self.needed = 0
        self.counter = 0
        guard bytes.count == Self.bytes, bytes.starts(with: "SQLite format 3\0".utf8) else {
            return
        }
        func number(_ offset: Int) -> UInt32 {
            bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
        // A page of 65,536 bytes is written as 1.
        let page = Int64(bytes[16]) << 8 | Int64(bytes[17])
        self.application = Int32(bitPattern: number(68))
        self.counter = number(24)
        // The count of pages holds only if it was written with the counter.
        let pages = number(92) == self.counter ? Int64(number(28)) : 1
        self.needed = (page == 1 ? 65_536 : page) * pages
    }

    /// What has happened to the file since an earlier look; `nil` if nothing that shouldn't.
    package func damage(since earlier: DatabaseHeader) -> String? {
        if self.size == 0 { return "was emptied" }
        guard self.application == Schema.applicationID else { return "was overwritten" }
        if self.size < self.needed { return "was cut" }
        // It may begin anew after 2^32 changes.
        let difference = Int32(bitPattern: self.counter &- earlier.counter)
        return difference < 0 ? "was overwritten with an older copy" : nil
    }
}
