internal import FoundationEssentials
internal import Synchronization

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
/// which gateways and pages know events that it hasn't. It is found out by having fewer events, or
/// fewer changes of receipts, than were there already.
///
/// The note follows each COMMIT, without waiting for the disk. So it is exact after `kill -9`; after a
/// loss of power it may be older than the database, by which a copy that lacks only what came since
/// isn't found out; it is never newer.
package final class LifeFile: Sendable {
    /// What was in a database.
    package struct Note: Equatable, Sendable {
        /// Which life of it that was: 32 hexadecimal digits.
        package var epoch: String
        /// How many events there were.
        package var events: Int64
        /// How many changes of receipts there had been.
        package var receipts: Int64

        /// A note.
        package init(epoch: String, events: Int64, receipts: Int64) {
            self.epoch = epoch
            self.events = events
            self.receipts = receipts
        }

        /// What a database of the same epoch lacks of this; `nil` if it lacks nothing.
        package func loss(in found: Note) -> (events: Int64, receipts: Int64)? {
            guard found.epoch == self.epoch else { return nil }
            let loss = (
                events: max(0, self.events - found.events),
                receipts: max(0, self.receipts - found.receipts)
            )
            return loss == (0, 0) ? nil : loss
        }
    }

    private let path: String
    /// The file that is written in place, and what was written last.
    private let open = Mutex<(descriptor: Int32, note: Note)?>(nil)

    /// A file has no more than this, in bytes.
    private static let bytesMax = 128
    /// Digits of a number, so that each note is as long as the one before.
    private static let digits = 19

    /// The file beside a database.
    package init(beside database: String) {
        self.path = database + ".life"
    }

    deinit { self.close() }

    /// What was seen last; `nil` if there is no file, or it says something else.
    package func read() -> Note? {
        guard let data = FileManager.default.contents(atPath: self.path),
            data.count <= Self.bytesMax
        else { return nil }
        let parts = String(decoding: data, as: UTF8.self)
            .split(whereSeparator: { $0 == " " || $0 == "\n" })
        // Until version 0.1.0 there were no receipts in it.
        guard (2...3).contains(parts.count), let events = Int64(parts[1]),
            let receipts = parts.count == 3 ? Int64(parts[2]) : 0
        else { return nil }
        return Note(epoch: String(parts[0]), events: events, receipts: receipts)
    }

    /// Writes a note and waits for the disk, then keeps the file open for ``add(events:receipts:)``.
    ///
    /// - Returns: whether that worked.
    package func write(_ note: Note) -> Bool {
        self.close()
        let unfinished = self.path + ".new"
        let file = Self.open(unfinished)
        guard file >= 0 else { return false }
        guard Self.write(note, to: file), fsync(file) == 0, rename(unfinished, self.path) == 0
        else {
            Self.close(file)
            return false
        }
        self.open.withLock { $0 = (file, note) }
        return true
    }

    /// So many more were committed. Doesn't wait for the disk, and keeps quiet if it can't be noted: a
    /// note that is too low finds out less, and nothing that isn't so.
    package func add(events: Int64, receipts: Int64) {
        guard events > 0 || receipts > 0 else { return }
        self.open.withLock { open in
            open?.note.events += events
            open?.note.receipts += receipts
            if let open { _ = Self.write(open.note, to: open.descriptor) }
        }
    }

    /// Writes no more.
    package func close() {
        self.open.withLock { open in
            if let open { Self.close(open.descriptor) }
            open = nil
        }
    }

    private static func write(_ note: Note, to file: Int32) -> Bool {
        func padded(_ number: Int64) -> String {
            let text = "\(number)"
            return String(repeating: "0", count: max(0, self.digits - text.utf8.count)) + text
        }
        let bytes = Array("\(note.epoch) \(padded(note.events)) \(padded(note.receipts))\n".utf8)
        return bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) } == bytes.count
    }

    // Named apart: this type has members of these names.
    private static func open(_ path: String) -> Int32 {
        let flags = O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW
        #if canImport(Glibc)
            return Glibc.open(path, flags, 0o600)
        #elseif canImport(Musl)
            return Musl.open(path, flags, 0o600)
        #else
            return Darwin.open(path, flags, 0o600)
        #endif
    }

    private static func close(_ file: Int32) {
        #if canImport(Glibc)
            _ = Glibc.close(file)
        #elseif canImport(Musl)
            _ = Musl.close(file)
        #else
            _ = Darwin.close(file)
        #endif
    }
}
