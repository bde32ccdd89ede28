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

/// The file that keeps the world: one line of JSON for each change, only ever appended to.
///
/// A line is handed to the operating system before anybody is answered, so killing the process
/// loses nothing that it said; there is no fsync, so a power cut may.
final class Journal: Sendable {
    private let descriptor: CInt

    private init(descriptor: CInt) {
        self.descriptor = descriptor
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
        #if canImport(Glibc)
            let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        #elseif canImport(Musl)
            let descriptor = Musl.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        #else
            let descriptor = Darwin.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        #endif
        guard descriptor >= 0 else {
            throw ProcessFailure(.cannotCreate, "The file \(path) can't be opened (\(errno)).")
        }
        let journal = Journal(descriptor: descriptor)
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
        var bytes: [UInt8] = []
        for change in changes {
            bytes += JSONWriter.encode(change.json)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = write(
                    self.descriptor, buffer.baseAddress?.advanced(by: written),
                    buffer.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
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
