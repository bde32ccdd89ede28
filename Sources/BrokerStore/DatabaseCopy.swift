package import GRDB
internal import ProcessShell

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Consistent copies of a database, checked before they get their name.
package enum DatabaseCopy {
    /// Copies a database beside its running traffic.
    ///
    /// The copy grows under another name, is checked and put on disk, and takes its own name only if
    /// nothing has it: whoever sees the file sees a whole one. Blocks the calling thread.
    ///
    /// - Parameter path: where no file is yet.
    /// - Returns: the copy's size in bytes.
    /// - Throws: ``ProcessFailure``; nothing is left behind then.
    @discardableResult
    package static func copy(_ reader: any DatabaseReader, to path: String) throws -> Int64 {
        var status = stat()
        guard lstat(path, &status) != 0 else {
            throw ProcessFailure(
                .cannotCreate, "\(path) exists already. Name a file that doesn't.")
        }
        let unfinished = path + ".unfinished"
        try self.makeEmpty(unfinished, for: path)
        defer {
            for name in ["", "-journal", "-wal", "-shm"] { unlink(unfinished + name) }
        }
        do {
            try self.fill(unfinished, from: reader)
            let bytes = try self.synchronize(unfinished)
            // link, not rename: it never replaces a file that came meanwhile.
            guard link(unfinished, path) == 0 else { throw self.systemFailure(path) }
            self.synchronizeFolder(of: path)
            return bytes
        } catch let error as DatabaseError {
            throw ProcessFailure(
                .inputOutput,
                "The copy \(path) can't be written: \(error.message ?? "\(error.resultCode)").")
        }
    }

    private static func makeEmpty(_ unfinished: String, for path: String) throws(ProcessFailure) {
        for name in ["", "-journal", "-wal", "-shm"] { unlink(unfinished + name) }
        let file = open(unfinished, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw self.systemFailure(path) }
        close(file)
    }

    private static func fill(_ unfinished: String, from reader: any DatabaseReader) throws {
        let copy = try DatabaseQueue(path: unfinished)
        do {
            try reader.backup(to: copy)
            try copy.writeWithoutTransaction { db in
                // One file, without a log beside it.
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                try DatabaseFile.checkWhole(db, unfinished)
            }
            try copy.close()
        } catch {
            try? copy.close()
            throw error
        }
    }

    /// Waits until the file is on disk; its size.
    @discardableResult
    static func synchronize(_ path: String) throws(ProcessFailure) -> Int64 {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw self.systemFailure(path) }
        defer { close(file) }
        var status = stat()
        guard fsync(file) == 0, fstat(file, &status) == 0 else { throw self.systemFailure(path) }
        return Int64(status.st_size)
    }

    /// Waits until a file's name is on disk.
    static func synchronizeFolder(of path: String) {
        let folder = open(FilePlace.folder(of: path), O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    static func systemFailure(_ path: String) -> ProcessFailure {
        let code = errno
        return ProcessFailure(
            code == ENOSPC || code == EIO ? .inputOutput : .cannotCreate,
            "\(path) can't be written: \(String(cString: strerror(code))).")
    }

    /// The time as a part of a file's name, like `20261123T065019Z`.
    package static func stamp(milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ value: Int32, _ count: Int) -> String {
            let text = "\(value)"
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return digits(parts.tm_year + 1_900, 4) + digits(parts.tm_mon + 1, 2)
            + digits(parts.tm_mday, 2) + "T" + digits(parts.tm_hour, 2) + digits(parts.tm_min, 2)
            + digits(parts.tm_sec, 2) + "Z"
    }
}
