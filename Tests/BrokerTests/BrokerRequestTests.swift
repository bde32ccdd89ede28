import Foundation
import Protocol
import Testing

@testable import Broker

/// What the broker does for gateways beyond messages, over a real socket.
@Suite(.timeLimit(.minutes(1))) struct BrokerRequestTests: WithBroker {
    let author = Author(id: "a", name: "Ann")

    func key(_ text: String) throws -> IdempotencyKey { try #require(IdempotencyKey(text)) }

    /// Runs a reader and a consumer with credit against a broker.
    func withGateways(
        _ body: @escaping @Sendable (TestGateway, TestGateway, TemporaryFolder) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
                try await TestGateway.welcomed(to: path, as: "discord", .consumer) { discord in
                    try await discord.say(Credit(conversations: 4).encoded())
                    try await body(web, discord, folder)
                }
            }
        }
    }

    @Test func `edits and deletions reach both sides`() async throws {
        try await self.withGateways { web, discord, _ in
            let uid = try await self.open(web)
            _ = try await web.ask(Subscribe(conversation: uid))
            _ = try await web.ask(try self.message(uid, "m", "Helo"))
            let edit = Edit(
                conversation: uid, key: try self.key("e"), target: try self.key("m"), revision: 1,
                author: self.author, body: "Hello")
            #expect(try await web.ask(edit).revision == 1)
            let delete = Delete(
                conversation: uid, key: try self.key("d"), target: try self.key("m"),
                author: self.author)
            #expect(try await web.ask(delete).event?.seq == 3)
            var pushed: [String] = []
            for _ in 1...3 { pushed.append(try await web.push(EventPush.self).event.kind.text) }
            #expect(pushed == ["message", "edit", "deletion"])
            var kinds: [String] = []
            for seq in Int64(1)...3 {
                kinds.append(try await discord.push(Delivery.self).event.kind.text)
                _ = try await discord.ask(Acknowledge(conversation: uid, seq: seq))
            }
            #expect(kinds == ["message", "edit", "deletion"])
        }
    }

    @Test func `closing and blocking are seen, and a message reopens`() async throws {
        try await self.withGateways { web, discord, _ in
            let uid = try await self.open(web)
            let close = Close(
                conversation: uid, key: try self.key("c"), author: self.author)
            #expect(try await discord.ask(close).state == .closed)
            #expect(try await web.ask(Subscribe(conversation: uid)).state == .closed)
            _ = try await web.ask(try self.message(uid, "m", "Still there?"))
            #expect(try await web.ask(Subscribe(conversation: uid)).state == .open)
            _ = try await discord.ask(Block(conversation: uid, isBlocked: true))
            #expect(try await web.push(ConversationStatePush.self).state == .blocked)
            let refused = await #expect(throws: Refused.self) {
                _ = try await web.ask(try self.message(uid, "m2", "Hello?"))
            }
            #expect(refused?.code == .blocked)
        }
    }

    @Test func `a consumer hears what was seen, with a version and its own name`() async throws {
        try await self.withGateways { web, discord, _ in
            let uid = try await self.open(web)
            _ = try await web.ask(try self.message(uid, "m", "Hello"))
            let peer = try #require(PeerID("77"))
            _ = try await discord.ask(Bind(conversation: uid, peer: peer))
            _ = try await web.ask(Report(conversation: uid, deliveredUpTo: 1, seenUpTo: 1))
            let push = try await discord.push(ReceiptPush.self)
            #expect(push.peer?.text == "77" && push.receipt.seenUpTo == 1)
            let listed = try await discord.ask(ListReceipts(after: 0))
            #expect(listed.entries == [push] && !listed.more)
        }
    }

    @Test func `signals go to the others, and an access is kept`() async throws {
        try await self.withGateways { web, discord, _ in
            let uid = try await self.open(web)
            _ = try await web.ask(Subscribe(conversation: uid))
            try await web.say(Signal(conversation: uid, kind: .typing, name: "Ann").encoded())
            let typing = try await discord.push(SignalPush.self)
            #expect(typing.signal.kind == .typing && typing.service.text == "web")
            try await discord.say(Signal(conversation: uid, kind: .presence(isOn: true)).encoded())
            #expect(try await web.push(SignalPush.self).signal.kind == .presence(isOn: true))
            try await web.say(Signal(conversation: uid, kind: .access).encoded())
            let properties = try await web.ask(SetProperties(conversation: uid)).properties
            let minute = try #require(Int64(properties["last_access"] ?? ""))
            #expect(minute % 60_000 == 0)
        }
    }

    @Test func `the state of a service has its time and its backlog`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
                let uid = try await self.open(web)
                _ = try await web.ask(try self.message(uid, "m", "Hello"))
                let before = try await web.ask(Subscribe(conversation: uid)).services
                #expect(before.map(\.backlog) == [1] && before.map(\.since) == [nil])
                try await TestGateway.welcomed(to: path, as: "discord", .consumer) { discord in
                    try await discord.say(Credit(conversations: 1).encoded())
                    let up = try await web.push(ServiceState.self)
                    #expect(up.isUp && up.backlog == 1)
                    #expect(try #require(up.since) > 1_700_000_000_000)
                    _ = try await discord.push(Delivery.self)
                    _ = try await discord.ask(Acknowledge(conversation: uid, seq: 1))
                }
                let down = try await web.push(ServiceState.self)
                #expect(!down.isUp && down.backlog == 0)
            }
        }
    }

    @Test func `an admin sees everything and may do nothing else`() async throws {
        try await self.withGateways { web, discord, folder in
            let uid = try await self.open(web)
            _ = try await web.ask(try self.message(uid, "m", "Hello"))
            _ = try await discord.push(Delivery.self)
            _ = try await discord.ask(
                DeadLetter(conversation: uid, seq: 1, code: "c", reason: "r"))
            let path = folder.file("b.sock")
            try await TestGateway.welcomed(to: path, as: "chatbox", .admin, box: "any") { admin in
                try await self.administer(admin, uid, folder)
            }
            let refused = await #expect(throws: Refused.self) { _ = try await web.ask(GetStatus()) }
            #expect(refused?.code == .notAllowed)
            #expect(try await discord.push(Delivery.self).event.kind == .requeue)
        }
    }

    func administer(
        _ admin: TestGateway, _ uid: ConversationID, _ folder: TemporaryFolder
    ) async throws {
        let status = try await admin.ask(GetStatus())
        #expect(status.conversations == 1 && status.events == 1)
        #expect(status.services.map(\.service.text) == ["web", "discord"])
        #expect(status.services.map(\.deadLetters) == [0, 1])
        #expect(status.services.map { $0.connections.map(\.mode) } == [[.reader], [.consumer]])
        let backup = try await admin.ask(Backup(path: folder.file("backup.db")))
        #expect(backup.bytes > 0)
        let again = await #expect(throws: Refused.self) {
            _ = try await admin.ask(Backup(path: folder.file("backup.db")))
        }
        #expect(again?.code == .backupFailed)
        let letter = try #require(try await admin.ask(ListDeadLetters()).entries.first)
        let refused = await #expect(throws: Refused.self) {
            _ = try await admin.ask(History(conversation: uid, .after(0)))
        }
        #expect(refused?.code == .notAllowed)
        let requeue = Requeue(
            conversation: uid, service: letter.service, seq: letter.seq, key: try self.key("r"))
        #expect(try await admin.ask(requeue).seq == 2)
    }

    @Test func `a service names its conversations in one form for good`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            let hellos: [(PeerKind?, String)] = [
                (nil, "welcome"), (.integer, "welcome"), (.integer, "welcome"), (.uuid, "goodbye"),
                (.string, "goodbye"), (nil, "welcome"),
            ]
            for (kind, answer) in hellos {
                try await TestGateway.connected(to: path) { gateway in
                    let hello = Hello(
                        box: try name("main"), service: try name("discord"),
                        instance: try name("i"), mode: .reader, peerKind: kind, agent: "t")
                    try await gateway.say(hello.encoded())
                    #expect(try #require(try await gateway.next()).type == answer)
                }
            }
        }
    }

    @Test func `boxes don't see each other`() async throws {
        let folder = try TemporaryFolder()
        let names = (1...20).map { "box\($0)" }
        let boxes = names.map { "\($0)=web,discord" }.joined(separator: ";")
        try await self.withBroker(folder, boxes: boxes) { path, _ in
            var uids: [ConversationID] = []
            for box in names {
                try await TestGateway.welcomed(to: path, as: "web", .reader, box: box) { web in
                    let uid = try await self.open(web)
                    _ = try await web.ask(try self.message(uid, "m", box))
                    uids.append(uid)
                }
            }
            #expect(Set(uids).count == names.count)
            for (index, box) in names.enumerated() {
                try await TestGateway.welcomed(
                    to: path, as: "discord", .consumer, box: box
                ) { discord in
                    try await discord.say(Credit(conversations: 9).encoded())
                    let delivery = try await discord.push(Delivery.self)
                    #expect(delivery.event.body == box && delivery.conversation == uids[index])
                    let other = uids[(index + 1) % names.count]
                    let refused = await #expect(throws: Refused.self) {
                        _ = try await discord.ask(History(conversation: other, .after(0)))
                    }
                    #expect(refused?.code == .notFound)
                }
            }
        }
    }

    @Test func `a reader that doesn't read loses subscriptions, not its connection`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { slow in
                try await TestGateway.welcomed(to: path, as: "web", .reader) { other in
                    let uid = try await self.open(other)
                    _ = try await slow.ask(Subscribe(conversation: uid))
                    let body = String(repeating: "x", count: 65_000)
                    // More than the socket's own buffers and the megabyte that may wait.
                    for number in 1...60 {
                        _ = try await other.ask(try self.message(uid, "k\(number)", body))
                        // It doesn't read, but it lives.
                        try await slow.say(Ping().encoded())
                    }
                    let lagged = try await slow.push(Lagged.self)
                    let seqs = try slow.pushes.filter { $0.type == EventPush.type }
                        .map { try EventPush($0.fields).event.seq }
                    #expect(lagged.from == seqs.last && seqs == Array(1...lagged.from))
                    #expect(try await slow.ask(Subscribe(conversation: uid)).head.seq == 60)
                }
            }
        }
    }

    @Test func `a consumer that dies of an event gets no other beside it`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
                for peer in ["v1", "v2"] {
                    let uid = try await self.open(web, peer)
                    _ = try await web.ask(try self.message(uid, "m", peer))
                }
            }
            for _ in 1...3 {
                try await TestGateway.welcomed(to: path, as: "discord", .consumer) { discord in
                    try await discord.say(Credit(conversations: 9).encoded())
                    for _ in 1...2 { _ = try await discord.push(Delivery.self) }
                }
            }
            try await TestGateway.welcomed(to: path, as: "discord", .consumer) { discord in
                try await discord.say(Credit(conversations: 9).encoded())
                let first = try await discord.push(Delivery.self)
                // An answer comes after everything that the broker had to deliver.
                _ = try await discord.ask(Get(key: try name("k")))
                #expect(!discord.pushes.contains { $0.type == Delivery.type })
                _ = try await discord.ask(Acknowledge(conversation: first.conversation, seq: 1))
                _ = try await discord.push(Delivery.self)
            }
        }
    }
}
