internal import FoundationEssentials
internal import ProcessShell
internal import StrictJSON

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The file that keeps the world: one line of JSON for each change, appended to. Only when a post is
/// deleted it is written anew, without what was said there: on Discord that is gone too.
///
/// A line is handed to the operating system before anybody is answered, so killing the process
/// loses nothing that it said; there is no fsync, so a power cut may.
final class Journal: Sendable {
    private let descriptor: CInt
    private let path: String

    private init(descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(self.descriptor) }

    /// Opens `folder/journal.jsonl`, making both where they are missing, and reads it.
    ///
    /// A last line that was cut off by a kill is removed: nobody was answered for it.
    static func open(folder: String) throws -> (Journal, [WorldChange]) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw ProcessFailure(
                .cannotCreate, "The folder \(folder) can't be made. Set VAR to one that can.")
        }
        let path = folder + "/journal.jsonl"
        let descriptor = self.open(path)
        guard descriptor >= 0 else {
            throw ProcessFailure(.cannotCreate, "The file \(path) can't be opened (\(errno)).")
        }
        let journal = Journal(descriptor: descriptor, path: path)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw ProcessFailure(
                .temporary, "Another sandbox uses \(folder). Stop it, or set VAR to a folder apart."
            )
        }
        return (journal, try journal.read(path))
    }

    /// Appends changes; false if they could not be written.
    func append(_ changes: [WorldChange]) -> Bool {
        guard !changes.isEmpty else { return true }
        guard Self.write(changes, to: self.descriptor) else { return false }
        let deleted = changes.compactMap { change in
            if case .threadDeleted(let id) = change { id } else { nil }
        }
        return deleted.isEmpty || self.forget(Set(deleted))
    }

    /// Writes the file anew without what stood in some threads.
    private func forget(_ threads: Set<Snowflake>) -> Bool {
        guard let changes = try? self.read(self.path) else { return false }
        let unfinished = self.path + ".new"
        unlink(unfinished)
        let file = Self.open(unfinished)
        guard file >= 0 else { return false }
        defer { close(file) }
        // The lock goes over to the new file, and then its place and our number for it.
        return flock(file, LOCK_EX | LOCK_NB) == 0
            && Self.write(changes.filter { !$0.stands(in: threads) }, to: file)
            && rename(unfinished, self.path) == 0 && dup2(file, self.descriptor) >= 0
    }

    private static func open(_ path: String) -> CInt {
        #if canImport(Glibc)
            Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        #elseif canImport(Musl)
            Musl.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        #else
            Darwin.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        #endif
    }

    private static func write(_ changes: [WorldChange], to file: CInt) -> Bool {
        var bytes: [UInt8] = []
        for change in changes {
            bytes += JSONWriter.encode(change.json)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = self.systemWrite(
                    file, buffer.baseAddress?.advanced(by: written),
                    buffer.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }

    // Named apart: this type has a `write` of its own.
    private static func systemWrite(
        _ file: CInt, _ bytes: UnsafeRawPointer?, _ count: Int
    ) -> Int {
        #if canImport(Glibc)
            Glibc.write(file, bytes, count)
        #elseif canImport(Musl)
            Musl.write(file, bytes, count)
        #else
            Darwin.write(file, bytes, count)
        #endif
    }

    private func read(_ path: String) throws -> [WorldChange] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ProcessFailure(.inputOutput, "The file \(path) can't be read.")
        }
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let cut = lines.last?.count ?? 0
        if cut > 0, ftruncate(self.descriptor, off_t(data.count - cut)) != 0 {
            throw ProcessFailure(.inputOutput, "The file \(path) can't be mended (\(errno)).")
        }
        return try lines.dropLast().enumerated().map { number, line in
            guard let json = try? JSONParser.parse(Array(line), limits: .service),
                let change = WorldChange(json)
            else {
                throw ProcessFailure(
                    .badData,
                    "Line \(number + 1) of \(path) is damaged. Move the file away to begin anew.")
            }
            return change
        }
    }
}

extension WorldChange {
    /// Whether it tells of what stood in one of some threads.
    fileprivate func stands(in threads: Set<Snowflake>) -> Bool {
        switch self {
        case .threadOpened(let thread), .threadChanged(let thread): threads.contains(thread.id)
        case .messagePosted(let message), .messageChanged(let message):
            threads.contains(message.channel)
        case .messageDeleted(_, let channel): threads.contains(channel)
        default: false
        }
    }
}
