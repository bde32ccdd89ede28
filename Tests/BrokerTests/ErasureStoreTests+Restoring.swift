import BrokerStore
import Foundation
import GRDB
import Protocol
import Testing

@testable import Broker

// What restarts and older copies of the database change: nothing.
extension ErasureStoreTests {
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
}
