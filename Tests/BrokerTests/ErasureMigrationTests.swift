import Foundation
import GRDB
import Protocol
import Testing

@testable import Broker

/// Databases that earlier versions left, in which something is erased by this one.
@Suite struct ErasureMigrationTests {
    let folder: TemporaryFolder
    var path: String { self.folder.file("chatbox.db") }
    let boxes: Boxes

    init() throws {
        self.folder = try TemporaryFolder()
        self.boxes = try #require(Boxes("main=web,discord"))
    }

    func lay(_ name: String) throws {
        let fixture = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/\(name).sql")
        let queue = try DatabaseQueue(path: self.path)
        let sql = try String(contentsOf: fixture, encoding: .utf8)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
        chmod(self.path, 0o600)
    }

    @Test(arguments: [("migration-1", 4), ("migration-2", 6), ("migration-3", 6)])
    func `an old conversation is kept, and can be erased`(file: String, seq: Int64) throws {
        try self.lay(file)
        let store = try Store(path: self.path, boxes: self.boxes, now: 1_790_000_100_000)
        let web = try StoreFixture.session(store, "web", .reader)
        let discord = try StoreFixture.session(store, "discord", .consumer)
        let open = Open(
            peer: try #require(PeerID("0b6f2c8e-3f0a-4c1d-9f57-1b2c3d4e5f60")), create: false,
            credential: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")
        let uid = try store.write(now: 1) { try $0.open(open, web).1.conversation }
        let page = try store.read { try $0.page(History(conversation: uid, .after(0)), web) }
        #expect(page.events.first?.body == "Hello" && page.events.count == Int(seq) - 1)
        let erasure = try store.write(now: 2) { transaction in
            try transaction.erase(
                Erase(conversation: uid), id: EventID(Bits128(high: 8, low: 8)), web, self.boxes
            ).0
        }
        #expect(erasure.waiting.map(\.service.text) == ["discord"])
        let advance = try store.write(now: 3) { try $0.acknowledge(uid, seq, [], discord) }
        #expect(advance.erased != nil)
        #expect(
            store.copies(before: 1_790_000_200_000).map { $0.hasPrefix(self.path + ".before-") }
                == [true], "the copy that was made before holds it still")
        #expect(store.copies(before: 1_790_000_000_000).isEmpty)
    }
}
