import GRDB
import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a transaction that couldn't be stored says about the disk.
enum StorageFault: Equatable, Sendable {
    /// It came from what one input holds; the others may be stored.
    case ofInput
    /// There is no space, for all or for what is large. It ends when there is some.
    case full
    /// The disk can't be read or written just now.
    case failed
    /// What was committed can't be relied on as long as this process goes on.
    case broken(String)

    /// What SQLite's result code and the system's error number say.
    init(_ code: ResultCode, system: Int32) {
        switch code.primaryResultCode {
        case .SQLITE_FULL: self = .full
        case .SQLITE_IOERR where Self.isFull(system) && code == .SQLITE_IOERR_WRITE: self = .full
        case .SQLITE_IOERR:
            // The kernel may count the pages as written after that, so that the next fsync succeeds
            // without them (https://wiki.postgresql.org/wiki/Fsync_Errors).
            self =
                [.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC].contains(code)
                ? .broken("couldn't be brought onto the disk (fsync failed)") : .failed
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .broken("is damaged")
        case .SQLITE_READONLY where code == .SQLITE_READONLY_DBMOVED:
            self = .broken("was deleted or replaced")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM,
            .SQLITE_PROTOCOL:
            self = .failed
        default: self = .ofInput
        }
    }

    /// A quota and a limit of the file's size are full disks too.
    private static func isFull(_ system: Int32) -> Bool {
        [ENOSPC, EFBIG, EDQUOT].contains(system)
    }
}

/// Whether what comes can be stored.
///
/// Pure: it is told what became of transactions, and says what whoever runs the broker should hear.
struct StorageHealth: Equatable, Sendable {
    /// Why what comes isn't stored.
    struct Trouble: Equatable, Sendable {
        /// `storage_full` or `storage_failed`.
        var code: ErrorCode
        /// Since when, in milliseconds since 1970.
        var since: Int64
    }

    /// What should be said.
    enum News: Equatable {
        /// Nothing is stored any more.
        case began(Trouble)
        /// Everything is stored again; how long it wasn't, in milliseconds.
        case ended(Trouble, after: Int64)
    }

    /// What stands in the way; `nil` if nothing does.
    private(set) var trouble: Trouble?

    /// Something was stored that needed the disk.
    mutating func stored(at time: Int64) -> News? {
        guard let trouble = self.trouble else { return nil }
        self.trouble = nil
        return .ended(trouble, after: max(0, time - trouble.since))
    }

    /// Something couldn't be stored.
    mutating func failed(_ fault: StorageFault, at time: Int64) -> News? {
        let code: ErrorCode
        switch fault {
        case .ofInput, .broken: return nil
        case .full: code = .storageFull
        case .failed: code = .storageFailed
        }
        guard self.trouble?.code != code else { return nil }
        let trouble = Trouble(code: code, since: self.trouble?.since ?? time)
        self.trouble = trouble
        return .began(trouble)
    }
}
