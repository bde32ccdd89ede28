import BrokerStore
import GRDB
import GRDBSQLite
import Protocol
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which life of a database this is, and what is noted of it beside the file.
final class Life: Sendable {
    private let state: Mutex<(epoch: Epoch, mayBegin: Bool)>
    /// What is noted of it; `nil` if the database is in memory.
    let file: LifeFile?

    init(_ epoch: Epoch, _ file: LifeFile?) {
        self.state = Mutex((epoch, true))
        self.file = file
    }

    /// The epoch.
    var epoch: Epoch { self.state.withLock { $0.epoch } }

    /// Whether what a gateway knows may begin another epoch. It may do so once: what is known under
    /// the next one this process has given itself, so that whoever knows more then is wrong.
    var mayBegin: Bool { self.state.withLock { $0.mayBegin } }

    /// Another epoch has begun.
    func begin(_ epoch: Epoch) {
        self.state.withLock { $0 = (epoch, false) }
    }
}

// The disk beneath the database.
extension Store {
    /// Which life of the database this is.
    var epoch: Epoch { self.life.epoch }

    /// What has happened to the files since they were opened; `nil` if they stand where they stood.
    func displacement() -> String? {
        self.files?.displacement(now: PlacedFiles(at: self.path))
    }

    /// The first bytes of the file, read through SQLite's own descriptor: closing another one would
    /// drop its locks. `nil` if the database is in memory.
    ///
    /// - Throws: SQLite's error if they can't be read.
    func header() throws -> DatabaseHeader? {
        guard self.files != nil else { return nil }
        return try self.writer.writeWithoutTransaction { db in
            var found: UnsafeMutablePointer<sqlite3_file>?
            let code = sqlite3_file_control(
                db.sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, &found)
            guard code == SQLITE_OK, let file = found, let methods = file.pointee.pMethods?.pointee,
                let read = methods.xRead, let sizeOf = methods.xFileSize
            else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
            var size: sqlite3_int64 = 0
            var bytes = [UInt8](repeating: 0, count: DatabaseHeader.bytes)
            let answers = [
                ResultCode(rawValue: sizeOf(file, &size)),
                ResultCode(
                    rawValue: bytes.withUnsafeMutableBytes {
                        read(file, $0.baseAddress, Int32($0.count), 0)
                    }),
            ]
            for answer in answers where ![.SQLITE_OK, .SQLITE_IOERR_SHORT_READ].contains(answer) {
                throw DatabaseError(resultCode: answer)
            }
            return DatabaseHeader(bytes, size: size)
        }
    }

    /// What an error of a transaction that was just tried on this thread says about the disk.
    func fault(of error: any Error) -> StorageFault {
        // SQLite forgets it where COMMIT fails; it only tells two kinds of trouble apart.
        let system = errno
        guard let error = error as? DatabaseError else { return .ofInput }
        return StorageFault(error.extendedResultCode, system: system)
    }

    /// Notes what a batch has added.
    func note(_ outcomes: [Outcome]) {
        let added = outcomes.reduce(into: (events: Int64(0), receipts: Int64(0))) {
            added, outcome in
            added.events += outcome.addedEvents
            added.receipts += outcome.addedReceipts
        }
        self.life.file?.add(events: added.events, receipts: added.receipts)
    }

    /// Another epoch has begun, which stands in the database already.
    func begin(_ epoch: Epoch) {
        self.life.begin(epoch)
        self.remember { _ in }
    }
}

extension StoreTransaction {
    /// Writes something that changes nothing, to find out whether it can be.
    func touch() throws {
        // SQLite writes no page whose content stays the same; one that was changed and changed back is
        // written.
        try self.execute("UPDATE life SET made_at = made_at + 1", [])
        try self.execute("UPDATE life SET made_at = made_at - 1", [])
    }

    /// Begins another epoch if a gateway knows of events that the database gave and hasn't any more.
    ///
    /// - Returns: what is lost; `nil` if nothing is, or an epoch has begun for such a loss already.
    func regression(
        _ from: Position?, _ conversation: ConversationRow, _ head: Head
    ) throws -> Regression? {
        guard let from, from.epoch == self.epoch, self.life.mayBegin,
            self.gave(from, in: conversation.uid), try !self.holds(from, conversation)
        else { return nil }
        var generator = SystemRandomNumberGenerator()
        let epoch = Epoch(Bits128.random(using: &generator))
        try self.run("UPDATE life SET epoch = ?", .bits(epoch.bits))
        return Regression(
            conversation: conversation.uid, head: head.seq, known: from.seq, epoch: epoch)
    }
}

extension Outcome {
    /// Events that it added; rather too few than too many.
    fileprivate var addedEvents: Int64 {
        guard case .answered(_, _, _, let effects) = self else { return 0 }
        return effects.reduce(0) { count, effect in
            if case .stored = effect { count + 1 } else { count }
        }
    }

    /// Changes of receipts that it added; rather too few than too many.
    fileprivate var addedReceipts: Int64 {
        guard case .answered(_, _, _, let effects) = self else { return 0 }
        return effects.reduce(0) { count, effect in
            switch effect {
            case .advanced(let advance): count + (advance.change == nil ? 0 : 1)
            case .reported: count + 1
            default: count
            }
        }
    }
}
