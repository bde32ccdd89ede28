import BrokerStore
import Foundation
import GRDB
import Logging
import NIOCore
import NIOEmbedded
import ProcessShell
import Protocol
import Synchronization
import Testing

@testable import Broker

/// The core with a real database, beneath which the test takes the disk away.
@Suite struct StorageTroubleTests {
    let folder: TemporaryFolder
    let path: String
    let store: Store
    let loop = EmbeddedEventLoop()
    let core: Core
    let port = CoreTests.RecordingPort()
    let session: Session
    let conversation: ConversationID
    let lines = LogLines()
    let failures = Failures()

    final class Failures: Sendable {
        let all = Mutex<[ProcessFailure]>([])
    }

    init() throws {
        self.folder = try TemporaryFolder()
        self.path = self.folder.file("chatbox.db")
        let boxes = try #require(Boxes("main=web,discord"))
        self.store = try Store(path: self.path, boxes: boxes, now: 1)
        let failures = self.failures
        self.core = try Core(
            store: self.store, boxes: boxes, loop: self.loop, logger: self.lines.logger,
            onFailure: { failure in failures.all.withLock { $0.append(failure) } })
        let hello = Hello(
            box: try name("main"), service: try name("web"), instance: try name("i"),
            mode: .reader, agent: "test")
        self.core.hello(hello, ConnectionID(number: 1), self.port)
        self.loop.run()
        self.session = try self.port.welcomed()
        let session = self.session
        self.conversation = try self.store.write(now: 1) { transaction in
            try transaction.open(
                Open(peer: try #require(PeerID("v1")), create: true), session
            ).1.conversation
        }
        self.core.watch()
    }

    func send(_ key: String, body: String = "Hello") throws {
        let send = Send(
            conversation: self.conversation, key: try #require(IdempotencyKey(key)),
            author: Author(id: "a", name: "A"), body: body)
        self.core.submit(.request(self.session, number: 1, .send(send)))
    }

    func subscribe(from seq: Int64, _ id: EventID, epoch: Epoch? = nil) {
        let from = Position(epoch: epoch ?? self.store.epoch, seq: seq, id: id)
        let subscribe = Subscribe(conversation: self.conversation, from: from)
        self.core.submit(.request(self.session, number: 1, .subscribe(subscribe)))
        self.loop.run()
    }

    /// Lets the database grow no more, as a full disk does, or grow again.
    func limitPages(to count: Int?) throws {
        try self.store.readLatest { transaction in
            let pages = try Int.fetchOne(transaction.db, sql: "PRAGMA page_count") ?? 0
            try transaction.db.execute(sql: "PRAGMA max_page_count = \(count ?? pages)")
        }
    }

    // MARK: A disk in trouble

    @Test func `on a full disk the large is refused and the small goes on`() throws {
        try self.send("k1")
        self.loop.run()
        try self.limitPages(to: nil)
        try self.send("k2", body: String(repeating: "x", count: 60_000))
        try self.send("k3")
        self.loop.run()
        #expect(
            self.port.heard() == [
                "sent", "storage_state storage_full", "refused storage_full", "sent",
            ])
        #expect(self.failures.all.withLock { $0.isEmpty })
    }

    @Test func `trouble is told once, tried again every 2 s, and its end is told`() throws {
        try self.store.readLatest { try $0.db.execute(sql: "PRAGMA query_only = 1") }
        for number in 1...3 { try self.send("k\(number)") }
        self.loop.run()
        #expect(
            self.port.heard() == ["storage_state storage_failed"]
                + Array(repeating: "refused storage_failed", count: 3))
        #expect(self.lines.holding("nothing can be stored").count == 1)
        let boxes = try #require(Boxes("main=web,discord"))
        let stored = try self.store.read { try $0.status(boxes) }
        let status = Outcome.status(self.session, number: 1, stored, self.store.epoch)
        guard case .status(_, _, let told, _) = self.core.withHealth(status) else {
            Issue.record("a status stays one")
            return
        }
        #expect(told.trouble?.code == .storageFailed)
        self.loop.advanceTime(by: .seconds(10))
        #expect(self.lines.holding("everything is stored again").isEmpty)
        #expect(self.lines.holding("nothing can be stored").count == 1)
        #expect(self.port.heard().isEmpty)
        try self.store.readLatest { try $0.db.execute(sql: "PRAGMA query_only = 0") }
        self.loop.advanceTime(by: .seconds(2))
        #expect(self.port.heard() == ["storage_state"])
        #expect(self.lines.holding("everything is stored again").count == 1)
        try self.send("k1")
        self.loop.run()
        #expect(self.port.heard() == ["sent"])
    }

    @Test func `a disk is tried by writing to it, and nothing is changed by that`() throws {
        func state() throws -> (size: Int?, madeAt: Int64?) {
            let wal = try FileManager.default.attributesOfItem(atPath: self.path + "-wal")
            let madeAt = try self.store.read {
                try Int64.fetchOne($0.db, sql: "SELECT made_at FROM life")
            }
            return (wal[.size] as? Int, madeAt)
        }
        let before = try state()
        try self.store.write(now: 1) { try $0.touch() }
        let after = try state()
        #expect(try #require(after.size) > #require(before.size))
        #expect(after.madeAt == before.madeAt)
    }

    // MARK: A file that isn't there any more

    enum Loss: CaseIterable {
        case deleted, replaced, logDeleted, logReplaced

        func happen(to path: String) throws {
            switch self {
            case .deleted: unlink(path)
            case .logDeleted: unlink(path + "-wal")
            case .replaced, .logReplaced:
                let path = self == .replaced ? path : path + "-wal"
                try Data(contentsOf: URL(filePath: path)).write(
                    to: URL(filePath: path + ".copy"))
                rename(path + ".copy", path)
            }
        }
    }

    @Test(arguments: Loss.allCases)
    func `what isn't in the file that stands there is never acknowledged`(loss: Loss) throws {
        try self.send("k1")
        self.loop.run()
        #expect(self.port.heard() == ["sent"])
        try loss.happen(to: self.path)
        try self.send("k2")
        self.loop.run()
        #expect(self.port.heard() == ["goodbye storage_failed"])
        let failures = self.failures.all.withLock { $0 }
        #expect(failures.map(\.exitCode) == [.inputOutput])
        #expect(failures.first?.sentence.contains(self.path) == true)
        // Nothing more is taken or answered.
        try self.send("k3")
        self.loop.advanceTime(by: .seconds(10))
        #expect(self.port.heard().isEmpty && self.failures.all.withLock { $0.count } == 1)
    }

    @Test(arguments: Loss.allCases)
    func `a loss is noticed within 5 s also where nobody writes`(loss: Loss) throws {
        self.loop.advanceTime(by: .seconds(5))
        #expect(self.port.heard().isEmpty)
        try loss.happen(to: self.path)
        self.loop.advanceTime(by: .seconds(5))
        #expect(self.port.heard() == ["goodbye storage_failed"])
    }

    enum Damage: CaseIterable {
        case emptied, cut, overwritten, older

        func happen(to path: String, older: Data) throws {
            let file = try FileHandle(forUpdating: URL(filePath: path))
            defer { try? file.close() }
            switch self {
            case .emptied: try file.truncate(atOffset: 0)
            case .cut: try file.truncate(atOffset: 8_192)
            case .overwritten: try file.write(contentsOf: Data(repeating: 0x20, count: 4_096))
            case .older: try file.write(contentsOf: older)
            }
        }
    }

    @Test(arguments: Damage.allCases)
    func `a file that is written over is noticed within 5 s`(damage: Damage) throws {
        let older = try Data(contentsOf: URL(filePath: self.path))
        try self.send("k1", body: String(repeating: "x", count: 60_000))
        self.loop.run()
        try self.store.writer.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        self.loop.advanceTime(by: .seconds(3))
        #expect(self.port.heard() == ["sent"])
        try damage.happen(to: self.path, older: older)
        self.loop.advanceTime(by: .seconds(5))
        #expect(self.port.heard() == ["goodbye storage_failed"])
        #expect(self.failures.all.withLock { $0.count } == 1)
    }

    // MARK: A history that went back

    @Test func `who knows more than the database begins another epoch, once`() throws {
        try self.send("k1")
        self.loop.run()
        #expect(self.port.heard() == ["sent"])
        let epoch = self.store.epoch
        self.subscribe(from: 7, try self.lost(7))
        #expect(self.port.heard() == ["goodbye shutdown"])
        let renewed = self.store.epoch
        #expect(renewed != epoch)
        let told = self.lines.holding("history_regressed")
        #expect(told.count == 1 && told.first?.contains("2-7") == true)
        // It lasts, and what was noted beside the file goes with it.
        try self.store.close()
        let boxes = try #require(Boxes("main=web,discord"))
        let again = try Store(path: self.path, boxes: boxes, now: 1)
        #expect(again.epoch == renewed)
    }

    @Test func `under an epoch that this process gave nobody knows more`() throws {
        self.subscribe(from: 7, try self.lost(7))
        #expect(self.port.heard() == ["goodbye shutdown"])
        let renewed = self.store.epoch
        self.core.hello(
            Hello(
                box: try name("main"), service: try name("web"), instance: try name("i"),
                mode: .reader, agent: "test"), ConnectionID(number: 1), self.port)
        self.loop.run()
        self.subscribe(from: 8, try self.lost(8))
        #expect(self.port.heard() == ["subscribed"] && self.store.epoch == renewed)
    }

    /// The name of an event that this database gave and hasn't any more.
    private func lost(_ seq: Int64, in conversation: ConversationID? = nil) throws -> EventID {
        try self.store.read {
            $0.name(
                EventID(Bits128(high: 1, low: 1)), seq: seq, in: conversation ?? self.conversation)
        }
    }

    @Test func `what nobody gave begins no epoch, whoever claims to have seen it`() throws {
        try self.send("k1")
        self.loop.run()
        let other = ConversationID(Bits128(high: 5, low: 5))
        let epoch = self.store.epoch
        let given = try self.lost(7)
        #expect(self.port.heard() == ["sent"])
        let claims = [
            (7, EventID(Bits128(high: 1, low: 1))), (8, given), (1, given),
            (7, EventID(Bits128(high: given.bits.high + 1, low: given.bits.low))),
            (7, try self.lost(7, in: other)),
        ]
        for (seq, id) in claims {
            self.subscribe(from: Int64(seq), id)
            #expect(self.port.heard() == ["subscribed"], "\(seq) \(id)")
        }
        #expect(self.store.epoch == epoch)
        // Nor does what an earlier life gave.
        self.store.begin(Epoch(Bits128(high: 6, low: 6)))
        let position = Position(epoch: self.store.epoch, seq: 7, id: given)
        #expect(try !self.store.read { $0.gave(position, in: self.conversation) })
    }

    @Test func `what another epoch numbered, or what is there, begins none`() throws {
        let sent = try self.store.write(now: 1) { transaction in
            try transaction.send(
                Send(
                    conversation: self.conversation, key: try #require(IdempotencyKey("k1")),
                    author: Author(id: "a", name: "A"), body: "Hello"),
                id: EventID(Bits128(high: 2, low: 2)), self.session
            ).1
        }
        let epoch = self.store.epoch
        self.subscribe(from: 1, sent.id)
        self.subscribe(from: 9, sent.id, epoch: Epoch(Bits128(high: 3, low: 3)))
        #expect(self.port.heard() == ["subscribed", "subscribed"] && self.store.epoch == epoch)
    }

    @Test func `after a kill an older copy is noticed by its last event or receipt`() throws {
        let boxes = try #require(Boxes("main=web,discord"))
        let consumer = try StoreFixture.session(self.store, "discord", .consumer)
        for receipt in [false, true] {
            let copy = self.folder.file("copy-\(receipt).db")
            try self.send("k-\(receipt)")
            self.loop.run()
            try DatabaseCopy.copy(self.store.writer, to: copy)
            if receipt {
                let acknowledge = Acknowledge(conversation: self.conversation, seq: 2)
                self.core.submit(.request(consumer, number: 1, .acknowledge(acknowledge)))
            } else {
                try self.send("later")
            }
            self.loop.run()
            // As it stands beside a process that was killed.
            try FileManager.default.copyItem(
                atPath: self.path + ".life", toPath: copy + ".life")
            var notices: [String] = []
            let older = try Store(path: copy, boxes: boxes, now: 1) { notices.append($0) }
            #expect(older.epoch != self.store.epoch)
            #expect(notices.contains { $0.contains("history_regressed") })
        }
    }

    @Test func `a database that is gone isn't made anew in silence`() throws {
        try self.send("k1")
        self.loop.run()
        try self.store.close()
        for suffix in ["", "-wal", "-shm"] { unlink(self.path + suffix) }
        let boxes = try #require(Boxes("main=web,discord"))
        let failure = #expect(throws: ProcessFailure.self) {
            _ = try Store(path: self.path, boxes: boxes, now: 1)
        }
        #expect(failure?.exitCode == .badData && failure?.sentence.contains("1 events") == true)
        #expect(!FileManager.default.fileExists(atPath: self.path))
        unlink(self.path + ".life")
        _ = try Store(path: self.path, boxes: boxes, now: 1)
    }

    // MARK: A clock that jumps

    @Test func `a clock that jumps disturbs no order`() throws {
        let times: [Int64] = [
            1_790_000_000_000, 0, 4_102_444_800_000, -1, 2_147_483_648_000, 1_790_000_000_000,
        ]
        for (index, now) in times.enumerated() {
            let seq = try self.store.write(now: now) { transaction in
                try transaction.send(
                    Send(
                        conversation: self.conversation,
                        key: try #require(IdempotencyKey("k\(index)")),
                        author: Author(id: "a", name: "A"), body: "\(index)"),
                    id: EventID(Bits128(high: 5, low: UInt64(index))), self.session
                ).1.seq
            }
            #expect(seq == Int64(index + 1))
        }
        let page = try self.store.read {
            try $0.page(History(conversation: self.conversation, .after(0)), self.session)
        }
        #expect(page.events.map(\.body) == (0..<times.count).map(String.init))
    }
}
