import GRDB
import Logging
import NIOEmbedded
import Protocol
import StrictJSON
import Synchronization
import Testing

@testable import Broker

/// The core on a loop that runs when the test says so, with a real database.
@Suite struct CoreTests {
    /// Keeps what the core says to one connection.
    final class RecordingPort: ConnectionPort {
        private let said = Mutex<[String]>([])
        private let session = Mutex<Session?>(nil)

        func welcome(_ session: Session, _ frame: [UInt8]) {
            self.session.withLock { $0 = session }
        }
        func write(_ frames: [[UInt8]], answers: Int) {
            let types = frames.map { frame -> String in
                let object = (try? JSONParser.parse(frame))?.object
                return [object?["type"]?.string, object?["code"]?.string].compactMap { $0 }
                    .joined(separator: " ")
            }
            self.said.withLock { $0 += types }
        }
        let waiting = Mutex(0)
        var waitingBytes: Int { self.waiting.withLock { $0 } }
        let waiters = Mutex<[@Sendable () -> Void]>([])
        func whenRoom(_ body: @escaping @Sendable () -> Void) {
            self.waiters.withLock { $0.append(body) }
        }
        func end(_ goodbye: Goodbye) {
            self.said.withLock { $0.append("goodbye \(goodbye.code)") }
        }
        /// What was said since the last look.
        func heard() -> [String] {
            self.said.withLock { said in
                defer { said = [] }
                return said
            }
        }
        func welcomed() throws -> Session { try #require(self.session.withLock { $0 }) }
    }

    /// Counts the transactions that reached the disk.
    final class CommitCounter: TransactionObserver {
        let count = Mutex(0)
        func observes(eventsOfKind kind: DatabaseEventKind) -> Bool { true }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseDidCommit(_ db: Database) { self.count.withLock { $0 += 1 } }
        func databaseDidRollback(_ db: Database) {}
    }

    let folder: TemporaryFolder
    let store: Store
    let loop = EmbeddedEventLoop()
    let core: Core
    let port = RecordingPort()
    let session: Session
    let conversation: ConversationID

    init() throws {
        self.folder = try TemporaryFolder()
        let boxes = try #require(Boxes("main=web,discord"))
        self.store = try Store(path: self.folder.file("chatbox.db"), boxes: boxes, now: 1)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        self.core = try Core(store: self.store, boxes: boxes, loop: self.loop, logger: logger)
        let hello = Hello(
            box: try name("main"), service: try name("web"), instance: try name("i"),
            mode: .reader, agent: "test")
        self.core.hello(hello, ConnectionID(number: 1), self.port)
        self.loop.run()
        let session = try self.port.welcomed()
        self.session = session
        self.conversation = try self.store.write(now: 1) { transaction in
            try transaction.open(
                Open(peer: try #require(PeerID("v1")), create: true), session
            ).1.conversation
        }
    }

    func submit(_ key: String, body: String = "Hello") throws {
        let send = Send(
            conversation: self.conversation, key: try #require(IdempotencyKey(key)),
            author: Author(id: "a", name: "A"), body: body)
        self.core.submit(.request(self.session, number: 1, .send(send)))
    }

    func seqs() throws -> [Int64] {
        try self.store.read { transaction in
            try transaction.page(
                History(conversation: self.conversation, .after(0)), self.session
            ).events.map(\.seq)
        }
    }

    @Test func `sends that wait together share one COMMIT, and answers leave after it`() throws {
        let commits = CommitCounter()
        try self.store.write(now: 1) {
            $0.db.add(transactionObserver: commits, extent: .databaseLifetime)
        }
        let before = commits.count.withLock { $0 }
        for number in 1...64 { try self.submit("k\(number)") }
        #expect(self.port.heard().isEmpty)
        self.loop.run()
        #expect(self.port.heard() == Array(repeating: "sent", count: 64))
        #expect(commits.count.withLock { $0 } - before == 1)
        #expect(try self.seqs() == Array(1...64))
    }

    @Test func `a refusal in a batch leaves its neighbours as they are`() throws {
        try self.submit("k1")
        try self.submit("k1", body: "other")
        try self.submit("k2")
        self.loop.run()
        #expect(self.port.heard() == ["sent", "refused idempotency_conflict", "sent"])
        #expect(try self.seqs() == [1, 2])
    }

    @Test func `a batch that finds no space is refused, and goes on with space`() throws {
        try self.submit("k1")
        self.loop.run()
        #expect(self.port.heard() == ["sent"])
        try self.limitPages(to: nil)
        let large = String(repeating: "x", count: 60_000)
        try self.submit("k2", body: large)
        try self.submit("k3", body: large)
        self.loop.run()
        #expect(
            self.port.heard() == [
                "storage_state storage_full", "refused storage_full", "refused storage_full",
            ])
        #expect(try self.seqs() == [1])
        try self.limitPages(to: 1_000_000)
        try self.submit("k2", body: large)
        try self.submit("k3", body: large)
        self.loop.run()
        #expect(self.port.heard() == ["sent", "sent"])
        #expect(try self.seqs() == [1, 2, 3])
    }

    @Test func `what can't be stored fails alone`() throws {
        try self.store.write(now: 1) { transaction in
            try transaction.db.execute(
                sql: """
                    CREATE TEMP TRIGGER trouble BEFORE INSERT ON main.event
                    WHEN new.body = 'trouble' BEGIN SELECT raise(ABORT, 'trouble'); END
                    """)
        }
        try self.submit("k1")
        try self.submit("k2", body: "trouble")
        try self.submit("k3")
        self.loop.run()
        #expect(self.port.heard() == ["sent", "refused storage_failed", "sent"])
        #expect(try self.seqs() == [1, 2])
    }

    @Test func `a fenced consumer's acknowledgement moves nothing`() throws {
        func consumer(_ number: UInt64) throws -> (Session, RecordingPort) {
            let port = RecordingPort()
            let hello = Hello(
                box: try name("main"), service: try name("discord"),
                instance: try name("c\(number)"), mode: .consumer, agent: "test")
            self.core.hello(hello, ConnectionID(number: number), port)
            self.loop.run()
            return (try port.welcomed(), port)
        }
        try self.submit("k1")
        let (older, olderPort) = try consumer(2)
        let (newer, newerPort) = try consumer(3)
        #expect(olderPort.heard() == ["goodbye fenced"])
        let acknowledge = Acknowledge(conversation: self.conversation, seq: 1)
        self.core.submit(.request(older, number: 1, .acknowledge(acknowledge)))
        self.loop.run()
        #expect(olderPort.heard().isEmpty)
        self.core.submit(.credit(newer, Credit(conversations: 1)))
        self.loop.run()
        #expect(newerPort.heard() == ["delivery"])
    }

    /// Lets the database grow no more, as a full disk does, or grow again.
    func limitPages(to count: Int?) throws {
        try self.store.readLatest { transaction in
            let pages = try Int.fetchOne(transaction.db, sql: "PRAGMA page_count") ?? 0
            try transaction.db.execute(sql: "PRAGMA max_page_count = \(count ?? pages)")
        }
    }
}
