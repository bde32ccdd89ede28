import FoundationEssentials
import GatewayKit
import Logging
import Protocol
import ServiceLifecycle
import Synchronization
import Testing
import UnixSignals

// Each block of docs/gateway-kit.md stands in one of these tests, word for word.
@Suite(.timeLimit(.minutes(1))) struct GuideSnippets {
    let seen = Seen()

    /// The far side that the guide speaks of: a list of people with numbers.
    actor Desk {
        let seen: Seen
        private var count: Int64 = 0
        init(seen: Seen) { self.seen = seen }

        func addPerson() -> Int64 {
            self.count += 1
            return self.count
        }

        func show(_ text: String, to person: Int64) async -> String {
            await self.seen.note("\(person): \(text)")
            return "m\(person)"
        }
    }

    @Test func `callbacks that wait`() async throws {
        let desk = Desk(seen: self.seen)
        try await withTwoServices { _, worker in
            worker.onNewClient { client in
                await desk.addPerson()
            }
            worker.onAccess { client in
                _ = await desk.show("(is here again)", to: client.id)
            }
            worker.onMessage { message in
                _ = await desk.show(message.text, to: message.client.id)
            }
        } _: { web, _ in
            let id = UUID()
            let visitor = try #require(try await web.access(id))
            try await visitor.send("Hello")
            #expect(await self.seen.first(1) == ["1: Hello"])
            // The broker must know the desk's number before it can tell of an access.
            try await visitor.send("Anybody?")
            #expect(await self.seen.first(2) == ["1: Hello", "1: Anybody?"])
            _ = try await web.access(id, createIfAbsent: false)
            #expect(await self.seen.first(3).last == "1: (is here again)")
        }
    }

    @Test func `callbacks that block`() async throws {
        let (lines, printer) = AsyncStream.makeStream(of: String.self)
        @Sendable func writeLine(_ line: String) { printer.yield(line) }
        let numbers = Numbers()
        try await withTwoServices { _, worker in
            worker.onNewClient { _ in
                numbers.next()
            }
            worker.onAccess { client in
                writeLine("(\(client.id) is here again)")
            }
            worker.onMessage { message in
                writeLine("\(message.author.name): \(message.text)")
            }
        } _: { web, _ in
            let id = UUID()
            var heard = lines.makeAsyncIterator()
            let visitor = try #require(try await web.access(id))
            for text in ["Hello", "Anybody?"] {
                try await visitor.send(text, as: Author(id: "v", name: "Ann"))
                #expect(await heard.next() == "Ann: \(text)")
            }
            _ = try await web.access(id, createIfAbsent: false)
            #expect(await heard.next() == "(1 is here again)")
        }
    }

    /// Gives numbers, from any thread.
    final class Numbers: Sendable {
        private let last = Mutex<Int64>(0)

        func next() -> Int64 {
            self.last.withLock { last in
                last += 1
                return last
            }
        }
    }

    @Test func `no callback at all`() async throws {
        let seen = self.seen
        try await RealBroker.with { socketPath in
            let web = try ServiceWorker<UUID>(service: "web", socketPath: socketPath)
            let worker = try ServiceWorker<String>(service: "desk", socketPath: socketPath)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await web.run() }
                group.addTask { try await worker.run() }
                let visitor = try #require(try await web.access(UUID()))
                try await visitor.send("Hello")
                group.addTask {
                    for await message in worker.receiveQueue() {
                        await seen.note("\(message.client.id): \(message.text)")
                        message.acknowledge()
                    }
                }
                #expect(await seen.first(1) == ["\(visitor.conversation): Hello"])
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func `accessing, sending, editing, deleting`() async throws {
        try await withTwoServices { _, worker in
            worker.onMessage { _ in }
        } _: { worker, _ in
            let visitor = UUID()
            guard let client = try await worker.access(visitor, properties: ["name": "Ann"]) else {
                return
            }
            let sent = try await client.send("Helo")
            let edited = try await client.edit(sent, to: "Hello")
            try await client.delete(edited.key)

            let say = worker.sender(for: client)
            try await say("Is anybody there?")
            #expect(edited.revision == 1)
            let page = try await client.history()
            #expect(page.events.map(\.kind) == [.message, .edit, .deletion, .message])
            #expect(try await worker.access(UUID(), createIfAbsent: false) == nil)
        }
    }

    @Test func `one client's queue`() async throws {
        let seen = self.seen
        try await withTwoServices { _, desk in
            desk.onMessage { message in
                try await message.answer("You said: \(message.text)")
            }
        } _: { worker, _ in
            let visitor = try #require(try await worker.access(UUID()))
            let task = Task {
                for await message in worker.queue(for: visitor) {
                    await seen.note(message.text)
                }
            }
            try await visitor.send("Hello")
            #expect(await seen.first(1) == ["You said: Hello"])
            worker.deactivate(visitor)
            await task.value
        }
    }

    @Test func `a queue for all clients`() async throws {
        let seen = self.seen
        try await withTwoServices { web, worker in
            let task = Task {
                try await withThrowingDiscardingTaskGroup { group in
                    for await message in worker.receiveQueue().byHand {
                        group.addTask {
                            await seen.note("\(message.author.name): \(message.text)")
                            message.acknowledge()
                        }
                    }
                }
            }
            for name in ["Ann", "Bea"] {
                let visitor = try #require(try await web.access(UUID()))
                try await visitor.send("Hello", as: Author(id: "v", name: name))
            }
            #expect(Set(await seen.first(2)) == ["Ann: Hello", "Bea: Hello"])
            task.cancel()
            try await task.value
        }
    }

    @Test func `a send queue`() async throws {
        let seen = self.seen
        try await withTwoServices { worker, _ in
            let client = try #require(try await worker.access(UUID()))
            let queue = worker.sendQueue()
            for text in ["one", "two", "three"] { queue.send(text, to: client) }
            queue.finish()
            for await outcome in queue.results {
                switch outcome.result {
                case .success(let sent): await seen.note("stored as \(sent.seq)")
                case .failure(let error): await seen.note("not stored: \(error)")
                }
            }
            #expect(await seen.first(3) == ["stored as 1", "stored as 2", "stored as 3"])
        }
    }

    @Test func `what is known about a client, and its conversation`() async throws {
        try await withTwoServices { worker, _ in
            let client = try #require(try await worker.access(UUID()))
            try await client.set(["page": "/pricing", "name": "Ann"])
            let name = try await client.properties()["name"] ?? "somebody"
            try await client.close()
            try await client.reopen()
            let page = try await client.history(.after(0), limit: 20)
            #expect(name == "Ann")
            #expect(page.events.map(\.kind) == [.close, .reopen])
        }
    }

    @Test func `errors and ids of the far side`() async throws {
        let desk = Desk(seen: self.seen)
        try await withTwoServices { _, worker in
            worker.onMessage { message in
                if message.text.count > 4_000 {
                    throw Undeliverable(
                        code: "too_long", reason: "The desk takes 4,000 characters.")
                }
                guard message.recorded.isEmpty else { return }
                let made = await desk.show(message.text, to: message.client.id)
                if let id = ExternalID(made) { message.record(id) }
            }
        } _: { web, _ in
            let visitor = try #require(try await web.access(UUID()))
            try await visitor.send(String(repeating: "x", count: 4_001))
            try await visitor.send("short")
            #expect(await self.seen.first(1).first?.hasSuffix(": short") == true)
        }
    }

    @Test func `errors of a send`() async throws {
        let seen = self.seen
        try await withTwoServices { worker, _ in
            let client = try #require(try await worker.access(UUID()))
            let key = try #require(IdempotencyKey("k"))
            try await client.send("Hello", key: key)
            do throws(GatewayError) {
                try await client.send("Good-bye", key: key)
            } catch .refused(let refused) where refused.code == .idempotencyConflict {
                await seen.note("That key belongs to another text.")
            } catch {
                await seen.note("Not sent: \(error)")
            }
            #expect(await seen.first(1) == ["That key belongs to another text."])
        }
    }

    @Test func `signals`() async throws {
        let (typing, sink) = AsyncStream.makeStream(of: String.self)
        @Sendable func showTyping(_ name: String) { sink.yield(name) }
        try await withTwoServices { _, worker in
            worker.onMessage { _ in }
            worker.onEvent { event in
                guard case .push(.signal(let push)) = event, push.signal.kind == .typing else {
                    return
                }
                showTyping(push.signal.name ?? "Somebody")
            }
        } _: { web, desk in
            let client = try #require(try await web.access(UUID()))
            // Signals aren't kept: they are said until the other side, which starts too, hears one.
            let saying = Task {
                while !Task.isCancelled {
                    client.signal(.typing, name: "Ann")
                    try? await Task.sleep(for: .milliseconds(60))
                }
            }
            for await name in typing {
                #expect(name == "Ann")
                break
            }
            saying.cancel()
            await saying.value
        }
    }

    @Test func `configuration, log and service group`() async throws {
        try await RealBroker.with { socketPath in
            var configuration = try WorkerConfiguration(
                box: "main", service: "desk", socketPath: socketPath)
            configuration.conversations = 4
            configuration.author = Author(id: "desk", name: "The desk")
            let worker = ServiceWorker<Int64>(configuration, logger: Logger(label: "desk"))

            let services = ServiceGroup(
                services: [worker], gracefulShutdownSignals: [.sigterm],
                logger: Logger(label: "services"))
            async let run: Void = services.run()
            _ = try await worker.access(1)
            await services.triggerGracefulShutdown()
            try await run
        }
    }

    @Test func `the client below the worker`() async throws {
        let seen = self.seen
        try await RealBroker.with { socketPath in
            let box = try #require(Name("main"))
            let service = try #require(Name("web"))
            let peer = try #require(PeerID("0b6f2c8e-3f0a-4c1d-9f57-1b2c3d4e5f60"))
            let identity = GatewayIdentity(
                box: box, service: service, mode: .reader, peerKind: .uuid, agent: "my-web/1")
            let client = BrokerClient(
                BrokerClientConfiguration(socketPath: socketPath, identity: identity),
                logger: Logger(label: "my-web"))
            client.onEvent { event in
                if case .push(.event(let push)) = event {
                    Task { await seen.note(push.event.body) }
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.run() }
                let opened = try await client.open(peer, create: true)
                _ = try await client.subscribe(opened.conversation)
                let send = Send(
                    conversation: opened.conversation, key: .random(),
                    author: Author(id: "v", name: "Ann"), body: "Hello")
                _ = try await client.persist(send)
                #expect(await seen.first(1) == ["Hello"])
                group.cancelAll()
            }
        }
    }
}
