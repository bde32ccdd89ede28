import Crypto
import FoundationEssentials
import GRDB
import ProcessShell
import Protocol

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
    private let writer: any DatabaseWriter
    /// Which life of the database this is.
    let epoch: Epoch
    /// The key of the digests by which a repeated send is compared with the first.
    private let digestKey: SymmetricKey

    /// The path that stands for a database in memory, which ends with the process.
    static let memory = ":memory:"

    /// Opens a database, or makes it.
    ///
    /// - Throws: ``ProcessFailure`` with a sentence that says what to do, for a file that isn't
    ///   ours, that a newer version wrote, or that can't be read. The file is left as it is.
    init(path: String, boxes: Boxes, now: Int64) throws {
        do {
            if try Self.check(path) { try Self.make(path) }
            var configuration = GRDB.Configuration()
            configuration.label = "broker"
            configuration.prepareDatabase { db in
                // https://www.sqlite.org/security.html: an attacker may have written the schema.
                try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")
                try db.execute(sql: "PRAGMA secure_delete = ON;")
            }
            if path == Self.memory {
                self.writer = try DatabaseQueue(configuration: configuration)
            } else {
                self.writer = try DatabasePool(path: path, configuration: configuration)
            }
            try self.writer.writeWithoutTransaction { db in
                if path != Self.memory { try Self.checkContent(db, path) }
                try Self.makeDurable(db)
            }
            try Schema.migrator.migrate(self.writer)
            let life = try self.writer.write { db in
                try Self.join(boxes, db)
                return try Self.life(db, now)
            }
            self.epoch = life.epoch
            self.digestKey = life.digestKey
        } catch let error as DatabaseError {
            throw ProcessFailure(
                .badData, "The database \(path) can't be opened: \(error.message ?? "\(error)").")
        }
    }

    /// Runs a transaction with the read-write connection; blocks until it is on disk.
    ///
    /// - Throws: what the body throws, or SQLite's error; nothing of it was stored then.
    func write<Result>(
        now: Int64, _ body: (StoreTransaction) throws -> Result
    ) throws -> Result {
        try self.writer.write { db in
            try body(StoreTransaction(db: db, now: now, epoch: self.epoch, key: self.digestKey))
        }
    }

    /// Reads with the read-write connection, so that everything committed is seen.
    func readLatest<Result>(_ body: (StoreTransaction) throws -> Result) throws -> Result {
        try self.writer.writeWithoutTransaction { db in
            try body(StoreTransaction(db: db, now: 0, epoch: self.epoch, key: self.digestKey))
        }
    }

    /// Reads a snapshot with a read-only connection; blocks the calling thread.
    func read<Result>(_ body: (StoreTransaction) throws -> Result) throws -> Result {
        try self.writer.read { db in
            try body(StoreTransaction(db: db, now: 0, epoch: self.epoch, key: self.digestKey))
        }
    }

    /// Closes every connection.
    func close() throws {
        try self.writer.close()
    }
}

extension Store {
    /// Looks at the file without opening it; whether there is none yet.
    private static func check(_ path: String) throws(ProcessFailure) -> Bool {
        guard path != Self.memory else { return true }
        var status = stat()
        guard stat(path, &status) == 0 else { return true }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ProcessFailure(.badData, "The database \(path) is not a file.")
        }
        guard status.st_size > 0 else {
            throw ProcessFailure(
                .badData,
                "The database \(path) is empty, so something emptied it. Put a backup in its "
                    + "place, or remove it to start anew.")
        }
        return false
    }

    /// Makes an empty database beside its place and moves it there when it is whole: a process that
    /// ends in the middle leaves no half of one.
    private static func make(_ path: String) throws {
        guard path != Self.memory else { return }
        let unfinished = path + ".new"
        for leftover in [unfinished, unfinished + "-journal"] { unlink(leftover) }
        let queue = try DatabaseQueue(path: unfinished)
        try Schema.migrator.migrate(queue)
        try queue.close()
        guard rename(unfinished, path) == 0 else {
            throw ProcessFailure(
                .cannotCreate,
                "The database \(path) can't be made: \(String(cString: strerror(errno))).")
        }
    }

    private static func checkContent(_ db: Database, _ path: String) throws {
        let applicationID = try Int32.fetchOne(db, sql: "PRAGMA application_id")
        guard applicationID == Schema.applicationID else {
            throw ProcessFailure(
                .badData,
                "\(path) is a database of another program. Set CHATBOX_DATABASE to another path.")
        }
        guard try !Schema.migrator.hasBeenSuperseded(db) else {
            throw ProcessFailure(
                .configuration,
                "The database \(path) was written by a newer version of ChatBox. Install that "
                    + "version, or restore the copy that it made before its migration.")
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
                    WHERE conversation.box = ?
                    """, arguments: [box.name.text])
        }
    }

    private static func life(
        _ db: Database, _ now: Int64
    ) throws -> (epoch: Epoch, digestKey: SymmetricKey) {
        if let row = try Row.fetchOne(db, sql: "SELECT epoch, digest_key FROM life") {
            let epoch: [UInt8] = Array(row["epoch"] as Data)
            guard let bits = Bits128(bytes: epoch) else {
                throw ProcessFailure(.badData, "The database's epoch is damaged.")
            }
            return (Epoch(bits), SymmetricKey(data: row["digest_key"] as Data))
        }
        var generator = SystemRandomNumberGenerator()
        let epoch = Epoch(Bits128.random(using: &generator))
        let key = SymmetricKey(size: .bits256)
        try db.execute(
            sql: "INSERT INTO life(id, epoch, digest_key, made_at) VALUES (1, ?, ?, ?)",
            arguments: [
                Data(epoch.bits.bytes), key.withUnsafeBytes { Data($0) }, now,
            ])
        return (epoch, key)
    }
}
