import Protocol
import Testing

@testable import Broker

// What can be done no more.
extension ErasureStoreTests {
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
}
