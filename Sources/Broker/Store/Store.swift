import BrokerStore
import Crypto
import FoundationEssentials
import GRDB
import ProcessShell
import Protocol
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The database: one read-write connection for the life of the process, which also checkpoints,
/// and read-only ones for pages of history.
///
/// Nothing else in the process may open the file: closing any descriptor of it would drop SQLite's
/// locks, and a second writer meets a bug of SQLite before 3.51.3.
struct Store: Sendable {
    /// The read-write connection.
    let writer: any DatabaseWriter
    /// Whether every page was read at the start, or it was too large for that.
    let isChecked: Bool
    /// Where the database is.
    let path: String
    /// Which life of the database this is.
    let life: Life
    /// The files as they were opened; `nil` if the database is in memory.
    let files: PlacedFiles?
    /// What a digest starts from by which a repeated send is compared with the first: it holds the
    /// key, which costs as much as the text.
    private let keyed: HMAC<SHA256>

    /// The path that stands for a database in memory, which ends with the process.
    static let memory = DatabaseFile.memory

    /// Opens a database, or makes it.
    ///
    /// - Parameters:
    ///   - now: in milliseconds since 1970.
    ///   - notice: is told what whoever runs the broker should know.
    /// - Throws: ``ProcessFailure`` with a sentence that says what to do, for a file that isn't
    ///   ours, that a newer version wrote, or that can't be read. The file is left as it is.
    init(
        path: String, boxes: Boxes, now: Int64, notice: (String) -> Void = { _ in }
    ) throws {
        var isChecked = true
        if path != Self.memory {
            let place = FilePlace(of: path)
            try place.check(path, user: geteuid()).map(notice)
            if place.isFree {
                try Self.checkNothingIsLost(path)
                try DatabaseFile.naming(path) { try DatabaseFile.make(path) }
            } else {
                isChecked = try DatabaseFile.check(path)
            }
        }
        self.isChecked = isChecked
        let key: SymmetricKey
        let epoch: Epoch
        (self.writer, epoch, key) = try DatabaseFile.naming(path) {
            let writer = try Self.opened(path)
            try Self.migrate(writer, path, now, notice)
            let life = try writer.write { db in
                try Self.join(boxes, db)
                let life = try Self.life(db, now)
                guard path != Self.memory else { return life }
                let epoch = try Self.checkedEpoch(
                    life.epoch, isNew: life.isNew, db, path, notice)
                return (epoch, life.digestKey, life.isNew)
            }
            return (writer, life.epoch, life.digestKey)
        }
        self.keyed = HMAC(key: key)
        self.path = path
        self.life = Life(epoch, path == Self.memory ? nil : LifeFile(beside: path))
        self.files = path == Self.memory ? nil : PlacedFiles(at: path)
        try DatabaseFile.naming(path) {
            try self.eraseAgain(boxes, now: now, notice: notice)
        }
        self.remember(notice)
    }

    /// Runs a transaction with the read-write connection; blocks until it is on disk.
    ///
    /// - Throws: what the body throws, or SQLite's error; nothing of it was stored then.
    func write<Result>(
        now: Int64, _ body: (StoreTransaction) throws -> Result
    ) throws -> Result {
        try self.writer.write { db in
            try body(StoreTransaction(db: db, now: now, life: self.life, keyed: self.keyed))
        }
    }

    /// Reads a snapshot with the read-write connection, so that everything committed is seen.
    func readLatest<Result>(_ body: (StoreTransaction) throws -> Result) throws -> Result {
        try self.writer.writeWithoutTransaction { db in
            // One for the whole body: SQLite takes and drops its locks once.
            try db.beginTransaction(.deferred)
            defer { try? db.rollback() }
            return try body(
                StoreTransaction(db: db, now: 0, life: self.life, keyed: self.keyed))
        }
    }

    /// Reads a snapshot with a read-only connection; blocks the calling thread.
    func read<Result>(_ body: (StoreTransaction) throws -> Result) throws -> Result {
        try self.writer.read { db in
            try body(StoreTransaction(db: db, now: 0, life: self.life, keyed: self.keyed))
        }
    }

    /// Reads every page beside the running traffic; blocks the calling thread.
    ///
    /// - Throws: ``ProcessFailure`` if one is damaged.
    func checkWhole() throws {
        try DatabaseFile.naming(self.path) {
            try self.writer.read { try DatabaseFile.checkWhole($0, self.path) }
        }
    }

    /// Closes every connection. The file alone is the whole database then, as whoever copies it
    /// expects; SQLite leaves its log where a reader is closed after the writer.
    func close() throws {
        self.remember { _ in }
        if self.path != Self.memory { _ = try? self.emptyLog() }
        self.life.file?.close()
        try self.writer.close()
    }

    /// Leaves every file as it is and every connection open, until the process ends.
    func abandon() {
        Self.abandoned.withLock { $0.append(self) }
    }

    private static let abandoned = Mutex<[Store]>([])

    /// Notes beside the database what is in it.
    func remember(_ notice: (String) -> Void) {
        guard let file = self.life.file, let note = try? self.writer.read(self.noted) else {
            return
        }
        guard !file.write(note) else { return }
        notice(
            "\(self.path).life can't be written, so that a copy put in the database's place by "
                + "hand won't be noticed.")
    }

    private func noted(_ db: Database) throws -> LifeFile.Note {
        try Self.note(db, self.epoch)
    }
}

extension Store {
    private static func opened(_ path: String) throws -> any DatabaseWriter {
        let configuration = DatabaseFile.configuration(label: "broker")
        let writer: any DatabaseWriter =
            path == Self.memory
            ? try DatabaseQueue(configuration: configuration)
            : try DatabasePool(path: path, configuration: configuration)
        try writer.writeWithoutTransaction(Self.makeDurable)
        return writer
    }

    /// Brings the database to this version's shape, after a copy of it has been put beside it.
    private static func migrate(
        _ writer: any DatabaseWriter, _ path: String, _ now: Int64, _ notice: (String) -> Void
    ) throws {
        let isCurrent = try writer.read(Schema.migrator.hasCompletedMigrations)
        guard !isCurrent, path != Self.memory else {
            return try Schema.migrator.migrate(writer)
        }
        let copy = "\(path).before-\(DatabaseCopy.stamp(milliseconds: now))"
        try DatabaseCopy.copy(writer, to: copy)
        notice("The database is brought to this version's form; as it was it stands in \(copy).")
        do {
            try Schema.migrator.migrate(writer)
        } catch {
            // It failed as a whole, so the copy holds nothing that the database doesn't.
            unlink(copy)
            throw error
        }
    }

    /// `synchronous = FULL`, so that COMMIT returns after the disk has it. GRDB sets NORMAL when it
    /// opens a pool, after `prepareDatabase`: hence here, and read back.
    private static func makeDurable(_ db: Database) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
        guard synchronous == 2 else {
            throw ProcessFailure(
                .inputOutput, "SQLite refuses synchronous = FULL, without which nothing is safe.")
        }
    }

    /// Makes rows for services that are new, and starts them at each conversation's end.
    private static func join(_ boxes: Boxes, _ db: Database) throws {
        for box in boxes.boxes {
            try db.execute(
                sql: "INSERT OR IGNORE INTO box(name) VALUES (?)", arguments: [box.name.text])
            for service in box.services {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO service(box, name) VALUES (?, ?)",
                    arguments: [box.name.text, service.text])
            }
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO side(conversation, service, handled, wanted, delivered)
                    SELECT conversation.id, service.id, head, head, head
                    FROM conversation JOIN service ON service.box = conversation.box
                    WHERE conversation.box = ? AND conversation.erasure IS NULL
                    """, arguments: [box.name.text])
        }
    }

    /// How much there is. Seqs have no gaps: to add up the heads is to count.
    private static func note(_ db: Database, _ epoch: Epoch) throws -> LifeFile.Note {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT (SELECT coalesce(sum(head), 0) FROM conversation),
                    (SELECT coalesce(sum(receipt_version), 0) FROM box)
                """)
        return LifeFile.Note(
            epoch: epoch.description, events: row?[0] ?? 0, receipts: row?[1] ?? 0)
    }

    /// A database that is gone isn't made anew in silence.
    private static func checkNothingIsLost(_ path: String) throws(ProcessFailure) {
        guard let note = LifeFile(beside: path).read(), note.events > 0 else { return }
        throw ProcessFailure(
            .badData,
            "The database \(path) is gone, in which \(note.events) events were. Put it back or "
                + "restore a backup (chatbox restore FILE); to begin anew, remove \(path).life.")
    }

    /// The epoch, or a new one if the database has lost what a broker saw in it.
    ///
    /// - Parameter isNew: whether it has had none before.
    private static func checkedEpoch(
        _ epoch: Epoch, isNew: Bool, _ db: Database, _ path: String, _ notice: (String) -> Void
    ) throws -> Epoch {
        var now = try self.note(db, epoch)
        guard let seen = LifeFile(beside: path).read() else { return epoch }
        // Without an epoch it has lost everything, also what named it.
        if isNew { now.epoch = seen.epoch }
        guard let loss = seen.loss(in: now) else { return epoch }
        var renewed = epoch
        if !isNew {
            var generator = SystemRandomNumberGenerator()
            renewed = Epoch(Bits128.random(using: &generator))
            try db.execute(
                sql: "UPDATE life SET epoch = ?", arguments: [Data(renewed.bits.bytes)])
        }
        let events =
            loss.events > 0
            ? "\(loss.events) of \(seen.events) events and \(loss.receipts)"
            : "no event, but \(loss.receipts)"
        notice(
            "history_regressed: the database \(path) lacks \(events) of \(seen.receipts) changes "
                + "of receipts that were in it: an older copy was put in its place, or its log "
                + "(-wal) is gone. It begins a new epoch, so that everybody loads anew; use "
                + "\"chatbox restore\" for that.")
        return renewed
    }

    private static func life(
        _ db: Database, _ now: Int64
    ) throws -> (epoch: Epoch, digestKey: SymmetricKey, isNew: Bool) {
        if let row = try Row.fetchOne(db, sql: "SELECT epoch, digest_key FROM life") {
            let epoch: [UInt8] = Array(row["epoch"] as Data)
            guard let bits = Bits128(bytes: epoch) else {
                throw ProcessFailure(.badData, "The database's epoch is damaged.")
            }
            return (Epoch(bits), SymmetricKey(data: row["digest_key"] as Data), false)
        }
        var generator = SystemRandomNumberGenerator()
        let epoch = Epoch(Bits128.random(using: &generator))
        let key = SymmetricKey(size: .bits256)
        try db.execute(
            sql: "INSERT INTO life(id, epoch, digest_key, made_at) VALUES (1, ?, ?, ?)",
            arguments: [
                Data(epoch.bits.bytes), key.withUnsafeBytes { Data($0) }, now,
            ])
        return (epoch, key, true)
    }
}
