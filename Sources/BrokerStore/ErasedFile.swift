internal import FoundationEssentials
package import ProcessShell

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The uids of erased conversations, in a file beside the database: a copy of the database that is
/// put back has them still, and they are erased in it again.
///
/// A line each: the uid, the box, when it was erased in milliseconds since 1970, and `done` once
/// every service has removed its side; with one blank between. Lines are only ever added, and of two
/// about one uid `done` counts. An end that isn't a whole line was being written when the machine
/// stopped: nobody was told that it stands, so that it is left out.
package struct ErasedFile: Sendable {
    /// What is known of an erased conversation.
    package struct Entry: Equatable, Sendable {
        /// Its uid.
        package var uid: ErasedUID
        /// Its box.
        package var box: String
        /// When it was erased, in milliseconds since 1970.
        package var at: Int64
        /// Whether every service has removed its side.
        package var isDone: Bool

        /// An entry.
        package init(uid: ErasedUID, box: String, at: Int64, isDone: Bool) {
            self.uid = uid
            self.box = box
            self.at = at
            self.isDone = isDone
        }
    }

    /// Where it is.
    package let path: String

    /// The most bytes that are read: more than a million erasures.
    private static let bytesMax = 67_108_864

    /// The file beside a database.
    package init(beside database: String) {
        self.path = database + ".erased"
    }

    /// Everything that it says, each uid once; nothing if there is no file.
    ///
    /// - Throws: ``ProcessFailure`` if it isn't a file, can't be read, or says something else.
    package func entries() throws(ProcessFailure) -> [Entry] {
        var status = stat()
        guard lstat(self.path, &status) == 0 else {
            if errno == ENOENT { return [] }
            throw self.failure("can't be read: \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw self.failure("is not a file") }
        guard status.st_size <= Self.bytesMax else {
            throw self.failure("has more than \(Self.bytesMax) bytes")
        }
        guard let data = FileManager.default.contents(atPath: self.path) else {
            throw self.failure("can't be read")
        }
        return try self.entries(Array(data))
    }

    private func entries(_ bytes: [UInt8]) throws(ProcessFailure) -> [Entry] {
        var entries: [Entry] = []
        var places: [ErasedUID: Int] = [:]
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What follows the last line's end: nothing, or what was cut off.
        lines.removeLast()
        for (index, line) in lines.enumerated() {
            guard let entry = Self.entry(String(decoding: line, as: UTF8.self)) else {
                throw self.failure(
                    "has a line \(index + 1) that isn't a uid, a box and a time. It says which "
                        + "conversations were erased: mend that line, or remove it")
            }
            if let place = places[entry.uid] {
                entries[place].isDone = entries[place].isDone || entry.isDone
            } else {
                places[entry.uid] = entries.count
                entries.append(entry)
            }
        }
        return entries
    }

    private static func entry(_ line: String) -> Entry? {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4 && parts[3] == "done",
            let uid = ErasedUID(String(parts[0])), 1...64 ~= parts[1].utf8.count,
            let at = Int64(parts[2]), at >= 0, String(at) == parts[2]
        else { return nil }
        return Entry(uid: uid, box: String(parts[1]), at: at, isDone: parts.count == 4)
    }

    /// Adds entries; they are on disk when it returns.
    ///
    /// - Throws: ``ProcessFailure``; whoever asked must not be told that they stand then.
    package func add(_ entries: [Entry]) throws(ProcessFailure) {
        guard !entries.isEmpty else { return }
        let file = open(self.path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw DatabaseCopy.systemFailure(self.path) }
        defer { close(file) }
        let end = try self.endOfLines(file)
        var text = ""
        for entry in entries {
            text += "\(entry.uid) \(entry.box) \(entry.at)\(entry.isDone ? " done" : "")\n"
        }
        let bytes = Array(text.utf8)
        let count = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, end) }
        guard count == bytes.count, fsync(file) == 0 else {
            let failure = DatabaseCopy.systemFailure(self.path)
            ftruncate(file, end)
            throw failure
        }
        if end == 0 { DatabaseCopy.synchronizeFolder(of: self.path) }
    }

    /// Where the last whole line ends.
    private func endOfLines(_ file: Int32) throws(ProcessFailure) -> off_t {
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw self.failure("is not a file")
        }
        var end = status.st_size
        var byte: UInt8 = 0
        while end > 0, pread(file, &byte, 1, end - 1) == 1, byte != UInt8(ascii: "\n") { end -= 1 }
        guard end == status.st_size || ftruncate(file, end) == 0 else {
            throw DatabaseCopy.systemFailure(self.path)
        }
        return end
    }

    private func failure(_ fault: String) -> ProcessFailure {
        ProcessFailure(.badData, "\(self.path) \(fault).")
    }
}

/// The uid of an erased conversation.
package struct ErasedUID: Hashable, Sendable, CustomStringConvertible {
    /// Its 16 bytes.
    package let bytes: [UInt8]

    /// A uid of 16 bytes; `nil` if there are more or fewer.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads a lower-case UUID.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
        let digits = parts.joined().utf8.map(Self.digit)
        guard digits.allSatisfy({ $0 != nil }) else { return nil }
        self.bytes = stride(from: 0, to: 32, by: 2).map { index in
            (digits[index] ?? 0) << 4 | (digits[index + 1] ?? 0)
        }
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    package var description: String {
        var text = ""
        for (index, byte) in self.bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += byte < 16 ? "0" : ""
            text += String(byte, radix: 16)
        }
        return text
    }
}
