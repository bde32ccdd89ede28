import Logging
import NIOPosix
import Protocol
import Synchronization
import Testing

@testable import Broker

/// How much is under way to a gateway, and how often.
@Suite(.timeLimit(.minutes(1))) struct FlowTests: WithBroker {
    /// Nearly the longest text that a message may have.
    private static let longText = String(repeating: "x", count: 65_000)

    /// Makes conversations with a message each, so many that no buffer of a connection holds them.
    private func converse(_ path: String, _ count: Int) async throws {
        try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
            for number in 1...count {
                let uid = try await self.open(web, "v\(number)")
                _ = try await web.ask(try self.message(uid, "m", Self.longText))
            }
        }
    }

    @Test func `an acknowledgement that is repeated brings nothing twice`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            try await TestGateway.welcomed(to: path, as: "web", .reader) { web in
                let uid = try await self.open(web)
                for key in ["m1", "m2"] { _ = try await web.ask(try self.message(uid, key, key)) }
            }
            try await TestGateway.welcomed(to: path, as: "discord", .consumer) { discord in
                try await discord.say(Credit(conversations: 9).encoded())
                let first = try await discord.push(Delivery.self)
                let acknowledge = Acknowledge(conversation: first.conversation, seq: 1)
                // Both in one batch, as after a lost connection, and once more by itself.
                try await discord.askAll([acknowledge, acknowledge])
                _ = try await discord.ask(acknowledge)
                _ = try await discord.ask(Get(key: try name("k")))
                let deliveries = try discord.deliveries()
                #expect(deliveries.map(\.event.seq) == [2])
            }
        }
    }

    @Test func `long messages of many conversations reach a consumer that reads`() async throws {
        let folder = try TemporaryFolder()
        try await self.withBroker(folder) { path, _ in
            // Together more than the 8 MiB that may wait for a connection.
            let count = 160
            try await self.converse(path, count)
            try await TestGateway.welcomed(to: path, as: "discord", .consumer) { discord in
                try await discord.say(Credit(conversations: 1_024).encoded())
                for _ in 1...count {
                    let delivery = try await discord.push(Delivery.self)
                    #expect(delivery.event.body.utf8.count == Self.longText.utf8.count)
                }
            }
        }
    }

    @Test func `a page waits until its connection has room`() async throws {
        let folder = try TemporaryFolder()
        let boxes = try #require(Boxes("main=web,discord"))
        let store = try Store(path: folder.file("chatbox.db"), boxes: boxes, now: 1)
        let session = try StoreFixture.session(store, "web", .reader)
        let uid = try store.write(now: 1) { transaction in
            let open = Open(peer: try #require(PeerID("v1")), create: true)
            return try transaction.open(open, session).1.conversation
        }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let core = try Core(
            store: store, boxes: boxes, loop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: logger)
        let reads = ReadPool(store: store, boxes: boxes, logger: logger)
        let port = CoreTests.RecordingPort()
        port.waiting.withLock { $0 = Limits.laggingBytes + 1 }
        let page = GatewayRequest.history(History(conversation: uid, .after(0)))
        #expect(reads.answer(page, session, 1, port, core))
        while port.waiters.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
        #expect(port.heard() == [])
        port.waiting.withLock { $0 = 0 }
        for waiter in port.waiters.withLock({ $0 }) { waiter() }
        var heard: [String] = []
        while heard.isEmpty {
            try await Task.sleep(for: .milliseconds(1))
            heard = port.heard()
        }
        #expect(heard == ["page"])
        try await reads.shutDown()
    }

    @Test func `whoever waits for room is called when half of what may wait is written`() {
        let backlog = WriteBacklog()
        let calls = Atomic(0)
        func wait() { backlog.whenRoom { calls.add(1, ordering: .relaxed) } }
        backlog.came(Limits.laggingBytes)
        wait()
        wait()
        backlog.left(Limits.laggingBytes / 2 - 1)
        #expect(calls.load(ordering: .relaxed) == 0)
        backlog.left(1)
        #expect(calls.load(ordering: .relaxed) == 2)
        // Each is called once, and at once where there is room.
        backlog.left(Limits.laggingBytes / 2)
        wait()
        #expect(calls.load(ordering: .relaxed) == 3)
    }
}
