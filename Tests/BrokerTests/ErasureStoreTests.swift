import BrokerStore
import Foundation
import GRDB
import Protocol
import Testing

@testable import Broker

/// Erasing in the database: what goes, what stays, and who has a say in it.
@Suite struct ErasureStoreTests {
    let fixture: StoreFixture
    let uid: ConversationID
    let author = Author(id: "a", name: "Ann")
    static let secret = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"

    /// A conversation with text in both directions, an edit, a dead letter and all the rest.
    init() throws {
        let fixture = try StoreFixture()
        self.fixture = fixture
        self.uid = try fixture.store.write(now: 2_000) { transaction in
            let open = Open(
                peer: try #require(PeerID("v1")), create: true, properties: ["name": "CANARY"],
                credential: Self.secret)
            return try transaction.open(open, fixture.web).1.conversation
        }
        try self.consumerCame(self.fixture.discord)
        try self.fixture.send("CANARY one", key: "k1", in: self.uid)
        try self.fixture.send("CANARY two", key: "1574", in: self.uid, as: self.fixture.discord)
        try self.fixture.write { transaction, id in
            let edit = Edit(
                conversation: self.uid, key: try self.key("k3"), target: try self.key("k1"),
                revision: 1, author: self.author, body: "CANARY edited")
            _ = try transaction.edit(edit, id: id, self.fixture.web)
            try transaction.bind(
                Bind(conversation: self.uid, peer: try #require(PeerID("77"))),
                self.fixture.discord)
            let letter = DeadLetter(
                conversation: self.uid, seq: 1, external: try self.externals("900"),
                code: "50035", reason: "CANARY reason")
            _ = try transaction.deadLetter(letter, self.fixture.discord)
            let delete = Delete(
                conversation: self.uid, key: try self.key("d9"), target: try self.key("CANARY-9"),
                author: self.author)
            _ = try transaction.delete(delete, id: id, self.fixture.web)
        }
    }

    func key(_ text: String) throws -> IdempotencyKey { try #require(IdempotencyKey(text)) }

    func externals(_ texts: String...) throws -> [ExternalID] {
        try texts.map { try #require(ExternalID($0)) }
    }

    func consumerCame(_ session: Session) throws {
        _ = try self.fixture.store.write(now: 1) { try $0.nextGeneration(of: session.service) }
    }

    var admin: Session {
        get throws {
            Session(
                connection: ConnectionID(number: 9), box: try name("main"),
                service: ServiceRow(id: 0, name: try name("chatbox")), mode: .admin, generation: 0)
        }
    }

    @discardableResult
    func erase(
        _ uid: ConversationID? = nil, now: Int64 = 5_000, boxes: String = "main=web,discord"
    ) throws -> (Erasure, ErasureBegun) {
        let boxes = try #require(Boxes(boxes))
        return try self.fixture.write(now: now) { transaction, id in
            try transaction.erase(
                Erase(conversation: uid ?? self.uid), id: id, try self.admin, boxes)
        }
    }

    func acknowledge(
        _ seq: Int64, _ external: [ExternalID] = [], as session: Session? = nil
    ) throws -> Advance {
        try self.fixture.store.write(now: 6_000) {
            try $0.acknowledge(self.uid, seq, external, session ?? self.fixture.discord)
        }
    }

    func delivery() throws -> Delivery? {
        try self.fixture.store.read { transaction in
            let row = try transaction.row(
                "SELECT id FROM conversation WHERE uid = ?",
                [
                    Data(self.uid.bits.bytes)
                ])
            return try transaction.nextDelivery(try #require(row)[0], self.fixture.discord.service)
        }
    }

    func count(_ table: String) throws -> Int {
        try self.fixture.store.writer.read {
            try #require(try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)"))
        }
    }

    /// Every value of every table, as one text.
    func dump() throws -> String {
        try self.fixture.store.writer.read { db in
            let tables = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
            return try tables.flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \(table)").flatMap { row in
                    row.databaseValues.map { value in
                        let bytes: Data? = Data.fromDatabaseValue(value)
                        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
                    }
                }
            }.joined(separator: "\n")
        }
    }

    @Test func `everything that was said goes at once`() throws {
        #expect(try self.dump().contains("CANARY"))
        let (erasure, begun) = try self.erase()
        #expect(erasure.waiting.map(\.service.text) == ["discord"] && erasure.at == 5_000)
        #expect(!erasure.isOverwritten && begun.waiting == [self.fixture.discord.service.id])
        let dump = try self.dump()
        #expect(!dump.contains("CANARY") && !dump.contains("Ann") && !dump.contains(Self.secret))
        for table in ["reserved_key", "failure", "suspect", "credential"] {
            #expect(try self.count(table) == 0, "\(table)")
        }
        #expect(try self.count("event") == 1)
    }

    @Test func `nobody can do anything in it any more`() throws {
        for isOver in [false, true] {
            if isOver { _ = try self.acknowledge(4) } else { try self.erase() }
            for (what, code) in try self.refusals() {
                #expect(code == .conversationGone, "\(what), \(isOver)")
            }
        }
    }

    func refusals() throws -> [(String, ErrorCode?)] {
        let (uid, web, discord) = (self.uid, self.fixture.web, self.fixture.discord)
        func code(_ body: (StoreTransaction, EventID) throws -> Void) throws -> ErrorCode? {
            try refusal { try self.fixture.write { try body($0, $1) } }
        }
        let (key, author) = (try self.key("new"), self.author)
        let (old, peer) = (try self.key("k1"), try #require(PeerID("v1")))
        let credential = Self.secret
        return [
            (
                "send",
                try code {
                    _ = try $0.send(
                        Send(conversation: uid, key: key, author: author, body: "x"), id: $1, web)
                }
            ),
            (
                "repeated send",
                try code {
                    _ = try $0.send(
                        Send(conversation: uid, key: old, author: author, body: "CANARY one"),
                        id: $1, web)
                }
            ),
            (
                "edit",
                try code {
                    _ = try $0.edit(
                        Edit(
                            conversation: uid, key: key, target: old, revision: 9, author: author,
                            body: "x"), id: $1, web)
                }
            ),
            (
                "delete",
                try code {
                    _ = try $0.delete(
                        Delete(conversation: uid, key: key, target: old, author: author), id: $1,
                        web)
                }
            ),
            (
                "close",
                try code {
                    _ = try $0.close(
                        Close(conversation: uid, key: key, author: author), id: $1, discord)
                }
            ),
            (
                "reopen",
                try code {
                    _ = try $0.reopen(
                        Reopen(conversation: uid, key: key, author: author), id: $1, web)
                }
            ),
            (
                "requeue",
                try code {
                    _ = try $0.requeue(
                        Requeue(conversation: uid, service: discord.service.name, seq: 1, key: key),
                        id: $1, web)
                }
            ),
            (
                "block",
                try code { t, _ in
                    _ = try t.block(
                        Block(conversation: uid, isBlocked: true), discord)
                }
            ),
            (
                "open",
                try code { t, _ in
                    _ = try t.open(
                        Open(peer: peer, create: false, credential: credential), web)
                }
            ),
            (
                "open and create",
                try code { t, _ in
                    _ = try t.open(
                        Open(peer: peer, create: true), web)
                }
            ),
            (
                "credential",
                try code { t, _ in
                    try t.addCredential(
                        AddCredential(conversation: uid, credential: credential), web)
                }
            ),
            (
                "report",
                try code { t, _ in
                    _ = try t.report(
                        Report(conversation: uid, deliveredUpTo: 1, seenUpTo: 1), web)
                }
            ),
            (
                "history",
                try code { t, _ in
                    _ = try t.page(
                        History(conversation: uid, .after(0)), web)
                }
            ),
            (
                "bind by another",
                try code { t, _ in
                    try t.bind(
                        Bind(conversation: uid, peer: try #require(PeerID("w2"))), web)
                }
            ),
            ("acknowledge by another", try code { t, _ in _ = try t.acknowledge(uid, 1, [], web) }),
        ]
    }

    @Test func `each consumer gets it as the last event, with its own ids`() throws {
        try self.erase()
        let delivery = try #require(try self.delivery())
        #expect(delivery.event.kind == .erasure && delivery.event.seq == 4)
        #expect(delivery.event.body.isEmpty && delivery.event.service.text == "chatbox")
        #expect(delivery.peer?.text == "77" && delivery.properties.isEmpty)
        #expect(try delivery.targetExternal == self.externals("900"))
        let advance = try self.acknowledge(4)
        #expect(advance.handled == 4 && !advance.hasMore && advance.erased?.isDone == true)
        #expect(try self.delivery() == nil)
        for table in ["event", "side", "external_id"] {
            #expect(try self.count(table) == 0, "\(table)")
        }
        let over = try self.fixture.store.read { try $0.erasure(of: self.uid) }
        #expect(over.waiting.isEmpty)
        #expect(try refusal { try self.acknowledge(4) } == .conversationGone)
    }

    @Test func `an event under way is acknowledged late, and its ids aren't lost`() throws {
        try self.erase()
        let late = try self.acknowledge(1, try self.externals("901"))
        #expect(late.hasMore && late.change == nil)
        #expect(try self.delivery()?.targetExternal == self.externals("901"))
        let released = try self.fixture.store.write(now: 6_000) {
            try $0.release(
                NegativeAcknowledge(
                    conversation: self.uid, seq: 3, external: try self.externals("902"),
                    delayMilliseconds: 600_000, reason: "later"), self.fixture.discord)
        }
        #expect(released.erasure?.hasMore == true)
        let refused = try self.fixture.store.write(now: 6_000) {
            try $0.deadLetter(
                DeadLetter(
                    conversation: self.uid, seq: 3, external: try self.externals("903"),
                    code: "1", reason: "CANARY"), self.fixture.discord)
        }
        #expect(refused.hasMore)
        #expect(try self.count("failure") == 0, "what was refused is gone with its reason")
        #expect(try self.delivery()?.targetExternal.count == 2)
        #expect(try self.delivery()?.event.kind == .erasure)
    }

    @Test func `a post that was just made can still be bound, to be removed`() throws {
        try self.erase()
        try self.fixture.store.write(now: 6_000) { transaction in
            try transaction.bind(
                Bind(
                    conversation: self.uid, peer: try #require(PeerID("78")),
                    replaces: PeerID("77")), self.fixture.discord)
        }
        #expect(try self.delivery()?.peer?.text == "78")
    }

    @Test func `who won't remove its side is named, and tries again when asked`() throws {
        try self.erase()
        let letter = DeadLetter(conversation: self.uid, seq: 4, code: "42", reason: "No.")
        let advance = try self.fixture.store.write(now: 6_000) {
            try $0.deadLetter(letter, self.fixture.discord)
        }
        #expect(advance.handled == 4 && advance.erased == nil)
        #expect(try self.delivery() == nil)
        let stuck = try self.fixture.store.read { try $0.erasure(of: self.uid) }
        #expect(stuck.waiting.first?.refused == Erasure.Refusal(code: "42", reason: "No."))
        let requeue = Requeue(
            conversation: self.uid, service: try name("discord"), seq: 4,
            key: try #require(IdempotencyKey("again")))
        let drop = DropDeadLetter(conversation: self.uid, service: try name("discord"), seq: 4)
        var admin = self.fixture.web
        admin.mode = .admin
        for (session, code) in [
            (admin, ErrorCode.requestInvalid), (self.fixture.web, .conversationGone),
        ] {
            let tried = try refusal {
                try self.fixture.write { try $0.requeue(requeue, id: $1, session) }
            }
            let dropped = try refusal {
                try self.fixture.write { transaction, _ in try transaction.drop(drop, session) }
            }
            #expect(tried == code && dropped == code)
        }
        let (again, _) = try self.erase(now: 9_000)
        #expect(again.at == 5_000 && again.waiting.first?.refused == nil)
        #expect(try self.delivery()?.event.seq == 4)
        #expect(try self.acknowledge(4).erased != nil)
    }

    @Test func `an erasure isn't set aside for a gateway's death without being seen`() throws {
        try self.erase()
        let id = try self.fixture.store.read {
            try #require(try $0.row("SELECT id FROM conversation", []))[0] as Int64
        }
        for _ in 1...CrashRecord.deadly {
            let lost = LostConsumer(
                service: self.fixture.discord.service, box: try name("main"),
                hasAcknowledged: false, alone: id)
            _ = try self.fixture.store.write(now: 6_000) { try $0.record(lost) }
        }
        let stuck = try self.fixture.store.read { try $0.erasure(of: self.uid) }
        #expect(stuck.waiting.first?.refused?.code == "poison")
    }

    @Test func `without a consumer it is over at once`() throws {
        let fixture = try StoreFixture()
        let uid = try fixture.open("v9").conversation
        try fixture.send("CANARY", key: "k", in: uid)
        let boxes = try #require(Boxes("main=web,discord"))
        let (erasure, begun) = try fixture.write { transaction, id in
            try transaction.erase(Erase(conversation: uid), id: id, try self.admin, boxes)
        }
        #expect(erasure.waiting.isEmpty && begun.entries.map(\.isDone) == [true])
        #expect(try refusal { try fixture.open("v9") } == .conversationGone)
    }

    @Test func `a service that was taken out of the settings holds nothing up`() throws {
        let (erasure, _) = try self.erase(boxes: "main=web")
        #expect(erasure.waiting.isEmpty)
    }

    @Test func `one that is taken out later holds nothing up either`() throws {
        try self.erase()
        try self.fixture.store.close()
        let store = try self.reopened(boxes: "main=web")
        #expect(try store.read { try $0.erasure(of: self.uid) }.waiting.isEmpty)
    }

    func reopened(
        boxes: String = "main=web,discord", _ notice: (String) -> Void = { _ in }
    ) throws -> Store {
        try Store(
            path: self.fixture.folder.file("chatbox.db"), boxes: try #require(Boxes(boxes)),
            now: 7_000, notice: notice)
    }

    @Test func `it waits through restarts, and the epoch stays`() throws {
        let epoch = self.fixture.store.epoch
        try self.erase()
        try self.fixture.store.close()
        let store = try self.reopened()
        #expect(store.epoch == epoch)
        #expect(try store.read { try $0.erasure(of: self.uid) }.waiting.count == 1)
        let discord = try StoreFixture.session(store, "discord", .consumer)
        #expect(try store.read { try $0.backlog(of: discord.service) }.count == 1)
        _ = try store.write(now: 8_000) { try $0.acknowledge(self.uid, 4, [], discord) }
        try store.close()
        let again = try self.reopened()
        #expect(again.epoch == epoch, "no event was lost but by erasing")
        #expect(try again.read { try $0.erasure(of: self.uid) }.isFinished)
        #expect(try again.read { try $0.row("SELECT 1 FROM side", []) } == nil, "none is made anew")
    }

    @Test func `what another service called it opens nothing new`() throws {
        try self.erase()
        _ = try self.acknowledge(4)
        let open = Open(peer: try #require(PeerID("77")), create: true)
        let code = try refusal {
            try self.fixture.store.write(now: 7_000) {
                try $0.open(open, self.fixture.discord)
            }
        }
        #expect(code == .conversationGone)
    }

    @Test func `others go on`() throws {
        let other = try self.fixture.open("v2").conversation
        try self.fixture.send("stays", key: "k1", in: other)
        try self.erase()
        _ = try self.acknowledge(4)
        #expect(try self.fixture.page(other, .after(0)).events.map(\.body) == ["stays"])
        #expect(try self.fixture.send("more", key: "k2", in: other).seq == 2)
        #expect(
            try refusal { try self.erase(ConversationID(Bits128(high: 1, low: 1))) } == .notFound)
    }

    @Test func `a client's picture goes unless somebody else has it, an operator's stays`() throws {
        let picture = Picture(mediaType: .png, bytes: [1])
        for (reference, session) in [
            ("mine", self.fixture.web), ("shared", self.fixture.web),
            ("team", self.fixture.discord),
        ] {
            try self.fixture.write { transaction, id in
                try transaction.keep(
                    PutPicture(picture: try name(reference), content: picture), session)
                let author = Author(id: "a", name: "A", avatar: reference)
                _ = try transaction.send(
                    Send(
                        conversation: self.uid, key: try self.key(reference), author: author,
                        body: "x"), id: id, session)
            }
        }
        let other = try self.fixture.open("v2").conversation
        try self.fixture.write { transaction, id in
            let author = Author(id: "a", name: "A", avatar: "shared")
            _ = try transaction.send(
                Send(conversation: other, key: try self.key("k"), author: author, body: "x"),
                id: id, self.fixture.web)
        }
        try self.erase()
        let left = try self.fixture.store.writer.read {
            try String.fetchAll($0, sql: "SELECT reference FROM picture ORDER BY reference")
        }
        #expect(left == ["shared", "team"])
    }

    @Test func `it is found by its uid and by what services call it`() throws {
        func find(_ clue: Find.Clue) throws -> Found {
            try self.fixture.store.read { try $0.find(Find(clue)) }
        }
        let box = try name("main")
        let clues: [Find.Clue] = [
            .conversation(self.uid),
            .peer(try #require(PeerID("v1")), service: try name("web"), box: box),
            .peer(try #require(PeerID("77")), service: try name("discord"), box: box),
        ]
        for clue in clues {
            let found = try find(clue)
            #expect(found.conversation == self.uid && found.state == .open && found.events == 3)
            #expect(found.peers.map(\.peer.text) == ["v1", "77"] && found.openedAt == 2_000)
        }
        let nobody = Find.Clue.peer(
            try #require(PeerID("78")), service: try name("discord"), box: box)
        #expect(try refusal { try find(nobody) } == .notFound)
        try self.erase()
        #expect(try find(clues[1]).state == nil, "by the uid that a peer id gives")
        _ = try self.acknowledge(4)
        #expect(try find(clues[0]).peers.isEmpty)
    }

    // MARK: Restoring

    /// A copy of the database before the erasure takes its place by hand.
    func putBack(_ copy: String) throws {
        let path = self.fixture.folder.file("chatbox.db")
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        try FileManager.default.copyItem(atPath: copy, toPath: path)
        chmod(path, 0o600)
    }

    @Test(arguments: [false, true])
    func `a copy from before is erased again, and services are asked again`(isOver: Bool) throws {
        let copy = self.fixture.folder.file("b.db")
        try DatabaseCopy.copy(self.fixture.store.writer, to: copy)
        let (_, begun) = try self.erase()
        try self.fixture.store.keep(erased: begun.entries)
        if isOver {
            let entry = try #require(try self.acknowledge(4).erased)
            try self.fixture.store.keep(erased: [entry])
        }
        try self.fixture.store.close()
        try self.putBack(copy)
        var notices: [String] = []
        let store = try self.reopened { notices.append($0) }
        #expect(notices.contains { $0.contains("erased again (1)") })
        let erasure = try store.read { try $0.erasure(of: self.uid) }
        #expect(erasure.waiting.map(\.service.text) == ["discord"] && erasure.isOverwritten)
        try store.close()
        for suffix in ["", "-wal"] {
            let path = self.fixture.folder.file("chatbox.db") + suffix
            let bytes = (try? Data(contentsOf: URL(filePath: path))) ?? Data()
            #expect(bytes.range(of: Data("CANARY".utf8)) == nil, "\(suffix)")
        }
    }

    @Test(arguments: [false, true])
    func `one that the copy never had stays gone`(isOver: Bool) throws {
        let fixture = try StoreFixture()
        let copy = fixture.folder.file("b.db")
        _ = try fixture.store.write(now: 1) { try $0.nextGeneration(of: fixture.discord.service) }
        try DatabaseCopy.copy(fixture.store.writer, to: copy)
        let uid = try fixture.open("v1").conversation
        try fixture.store.keep(erased: [
            ErasedFile.Entry(
                ConversationRow(id: 0, uid: uid, box: try name("main")), at: 5_000, isDone: isOver)
        ])
        try fixture.store.close()
        let path = fixture.folder.file("chatbox.db")
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        try FileManager.default.copyItem(atPath: copy, toPath: path)
        chmod(path, 0o600)
        let store = try Store(
            path: path, boxes: try #require(Boxes("main=web,discord")), now: 7_000)
        // Whoever holds something of it is asked to remove that, unless all have.
        let erasure = try store.read { try $0.erasure(of: uid) }
        #expect(erasure.waiting.map(\.service.text) == (isOver ? [] : ["discord"]))
        let web = try StoreFixture.session(store, "web", .reader)
        let open = Open(peer: try #require(PeerID("v1")), create: true)
        #expect(
            try refusal { try store.write(now: 8_000) { try $0.open(open, web) } }
                == .conversationGone)
    }

    @Test func `what the database knows is written beside it when that is missing`() throws {
        try self.erase()
        _ = try self.acknowledge(4)
        try self.fixture.store.close()
        try self.reopened().close()
        let entries = try ErasedFile(beside: self.fixture.folder.file("chatbox.db")).entries()
        #expect(Set(entries.map(\.isDone)) == [true] && entries.count == 2)
        let text = try String(
            contentsOfFile: self.fixture.folder.file("chatbox.db.erased"), encoding: .utf8)
        try self.reopened().close()
        #expect(
            try String(
                contentsOfFile: self.fixture.folder.file("chatbox.db.erased"), encoding: .utf8)
                == text, "once is enough")
    }

    @Test func `a damaged list stops the start, for it says what must stay gone`() throws {
        try self.fixture.store.close()
        try Data("what?\n".utf8).write(
            to: URL(filePath: self.fixture.folder.file("chatbox.db.erased")))
        #expect(throws: (any Error).self) { try self.reopened() }
    }

    // MARK: The file's bytes

    @Test(arguments: 1...3)
    func `nothing is left in unused parts of the file`(seed: Int) throws {
        // Rows of all sizes that grow and move from page to page.
        var generator = SeededGenerator(seed: UInt64(seed))
        let uids = try (0..<12).map { try self.fixture.open("p\($0)").conversation }
        for step in 0..<400 {
            let index = Int.random(in: 0..<12, using: &generator)
            let count = [1, 2, 40, 400].randomElement(using: &generator) ?? 1
            try self.fixture.send(
                String(repeating: "<CANARY\(index)>", count: count), key: "s\(step)",
                in: uids[index])
            guard step % 7 == 0 else { continue }
            try self.fixture.write { transaction, id in
                let edit = Edit(
                    conversation: uids[index], key: try self.key("e\(step)"),
                    target: try self.key("s\(step)"), revision: 1, author: self.author,
                    body: "<CANARY\(index)> edited")
                _ = try transaction.edit(edit, id: id, self.fixture.web)
                let row = try transaction.conversation(uids[index], self.fixture.web)
                _ = try transaction.merge(
                    ["page": String(repeating: "<CANARY\(index)>", count: count % 50 + 1)], row)
            }
        }
        for index in stride(from: 0, to: 12, by: 2) { try self.erase(uids[index]) }
        try self.fixture.store.rewrite()
        #expect(try self.fixture.store.emptyLog())
        let path = self.fixture.folder.file("chatbox.db")
        let bytes =
            try Data(contentsOf: URL(filePath: path))
            + Data(contentsOf: URL(filePath: path + "-wal"))
        for index in 0..<12 {
            let isThere = bytes.range(of: Data("<CANARY\(index)>".utf8)) != nil
            #expect(isThere == (index % 2 == 1), "\(index)")
        }
        #expect(try !self.fixture.store.isOverwritingNeeded())
    }

    @Test func `a broker that died right after it is overwritten at the next start`() throws {
        let (_, begun) = try self.erase()
        try self.fixture.store.keep(erased: begun.entries)
        // What a killed process leaves: the file and its log as they are at this moment.
        let elsewhere = try TemporaryFolder()
        for name in ["chatbox.db", "chatbox.db-wal", "chatbox.db.erased"] {
            try FileManager.default.copyItem(
                atPath: self.fixture.folder.file(name), toPath: elsewhere.file(name))
        }
        func holdsIt() throws -> Bool {
            try ["chatbox.db", "chatbox.db-wal"].contains { name in
                let path = elsewhere.file(name)
                guard FileManager.default.fileExists(atPath: path) else { return false }
                return try Data(contentsOf: URL(filePath: path)).range(of: Data("CANARY".utf8))
                    != nil
            }
        }
        #expect(try holdsIt(), "in its log")
        let boxes = try #require(Boxes("main=web,discord"))
        let store = try Store(path: elsewhere.file("chatbox.db"), boxes: boxes, now: 7_000)
        let erasure = try store.read { try $0.erasure(of: self.uid) }
        #expect(erasure.isOverwritten && erasure.at == 5_000 && erasure.waiting.count == 1)
        try store.close()
        #expect(try !holdsIt())
    }

    @Test func `who still reads what was there is waited for`() throws {
        try self.erase()
        try self.fixture.store.rewrite()
        let isReading = DispatchSemaphore(value: 0)
        let mayEnd = DispatchSemaphore(value: 0)
        let store = self.fixture.store
        let reader = Thread {
            try? store.writer.read { db in
                _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM event")
                isReading.signal()
                mayEnd.wait()
            }
        }
        reader.start()
        isReading.wait()
        try self.fixture.store.rewrite()
        #expect(try !self.fixture.store.emptyLog())
        #expect(try self.fixture.store.isOverwritingNeeded())
        mayEnd.signal()
        while try !self.fixture.store.emptyLog() {}
        #expect(try !self.fixture.store.isOverwritingNeeded())
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
