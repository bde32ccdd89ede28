import GatewayKit
import Logging
import Protocol
import ServiceLifecycle
import StrictJSON
import Testing

/// What a client hears, and how its life goes.
@Suite(.timeLimit(.minutes(1))) struct BrokerClientTests {
    @Test func `a client introduces itself and its requests are answered`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(of: broker) { client in
                async let sent = client.send(try Sample.send("k1"))
                let connection = try await broker.accept()
                let hello = try await connection.next(Hello.self)
                #expect(hello.message.service.text == "test")
                connection.write(Sample.welcome())
                let request = try await connection.next(Send.self)
                let answer = Sent(seq: 1, id: Sample.eventID(1), at: 5, duplicate: false)
                connection.write(answer, request: request.request)
                #expect(try await sent == answer)
                #expect(client.status.welcome == Sample.welcome())
                #expect(client.status.isFresh())
            }
        }
    }

    @Test func `answers and pushes keep the order of their arrival`() async throws {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withClient(
                of: broker, .reader,
                register: { client in
                    client.onEvent { event in
                        switch event {
                        case .connected: sink.yield("connected")
                        case .push: sink.yield("push")
                        case .disconnected: sink.yield("disconnected")
                        }
                    }
                }
            ) { client in
                let connection = try await broker.welcome()
                var order = seen.makeAsyncIterator()
                #expect(await order.next() == "connected")
                client.submit(Subscribe(conversation: Sample.conversation())) { result in
                    sink.yield((try? result.get()) == nil ? "failed" : "answer")
                }
                let request = try await connection.next(Subscribe.self).request
                let push = EventPush(
                    conversation: Sample.conversation(), event: try Sample.event(1))
                connection.write(push)
                connection.write(
                    Subscribed(
                        head: .none, recovered: false, receipts: [],
                        own: Receipt(service: try Sample.name("test")), services: []),
                    request: request)
                connection.write(push)
                #expect(await order.next() == "push")
                #expect(await order.next() == "answer")
                #expect(await order.next() == "push")
                client.submit(Subscribe(conversation: Sample.conversation())) { result in
                    sink.yield((try? result.get()) == nil ? "failed" : "answer")
                }
                _ = try await connection.next(Subscribe.self)
                try await connection.cut()
                #expect(await order.next() == "failed")
                #expect(await order.next() == "disconnected")
                _ = try await broker.welcome()
                #expect(await order.next() == "connected")
            }
        }
    }

    @Test func `pushes of every kind reach the gateway`() async throws {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: BrokerPush.self)
            try await withClient(
                of: broker,
                register: { client in
                    client.onEvent { event in
                        if case .push(let push) = event { sink.yield(push) }
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                var order = seen.makeAsyncIterator()
                let conversation = Sample.conversation()
                let web = try Sample.name("web")
                let signal = SignalPush(
                    signal: Signal(conversation: conversation, kind: .presence(isOn: true)),
                    service: web, peer: PeerID("7"))
                connection.write(signal)
                #expect(await order.next() == .signal(signal))
                let receipt = ReceiptPush(
                    conversation: conversation, receipt: Receipt(service: web, seenUpTo: 2),
                    version: 42, peer: PeerID("7"))
                connection.write(receipt)
                #expect(await order.next() == .receipt(receipt))
                let state = ConversationStatePush(conversation: conversation, state: .blocked)
                connection.write(state)
                #expect(await order.next() == .conversationState(state))
                let lagged = Lagged(conversation: conversation, from: 118)
                connection.write(lagged)
                #expect(await order.next() == .lagged(lagged))
            }
        }
    }

    @Test func `what the broker says of its storage counts while the connection stands`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: BrokerEvent.self)
            try await withClient(
                of: broker, register: { client in client.onEvent { sink.yield($0) } }
            ) { client in
                var order = seen.makeAsyncIterator()
                let trouble = Status.Storage(code: .storageFull, since: 5)
                var connection = try await broker.welcome()
                #expect(await order.next() == .connected(Sample.welcome()))
                for told in [trouble, nil, trouble] as [Status.Storage?] {
                    connection.write(StorageState(told))
                    #expect(await order.next() == .push(.storageState(StorageState(told))))
                    #expect(client.status.storageTrouble == told)
                }
                try await connection.cut()
                #expect(await order.next() == .disconnected)
                #expect(client.status.storageTrouble == nil)
                connection = try await broker.welcome()
                #expect(await order.next() == .connected(Sample.welcome()))
                #expect(client.status.storageTrouble == nil)
            }
        }
    }

    @Test func `a signal is said at once or not at all`() async throws {
        try await ScriptedBroker.with { broker in
            let client = try makeClient(of: broker, .reader) { $0.identity.peerKind = .uuid }
            let conversation = Sample.conversation()
            try await withThrowingTaskGroup(of: Void.self) { group in
                client.signal(Signal(conversation: conversation, kind: .access))
                group.addTask { try await client.run() }
                let connection = try await broker.accept()
                #expect(try await connection.next(Hello.self).message.peerKind == .uuid)
                client.signal(Signal(conversation: conversation, kind: .access))
                // What comes after it on the client's loop has come: so has the signal.
                let key = try Sample.name("a")
                await withCheckedContinuation { done in
                    client.submit(Get(key: key)) { _ in done.resume() }
                }
                connection.write(Sample.welcome())
                async let value = client.get(try Sample.name("a"))
                let request = try await connection.next(Get.self).request
                let typing = Signal(conversation: conversation, kind: .typing, name: "Ann")
                client.signal(typing)
                let said = try await connection.next(Signal.self)
                #expect(said.message == typing)
                connection.write(Value(value: 1), request: request)
                _ = try await value
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func `a broker that answers nothing is given up`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(
                of: broker,
                configure: { configuration in
                    configuration.heartbeat = .milliseconds(20)
                    configuration.silence = .milliseconds(500)
                }
            ) { client in
                let connection = try await broker.welcome()
                await connection.end()
                _ = try await broker.accept()
                #expect(client.status.isFresh() == false)
            }
        }
    }

    @Test func `a fenced consumer stops and stays away`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(
                of: broker,
                configure: { configuration in
                    configuration.fencedBackoff = Backoff(
                        first: .milliseconds(20), longest: .milliseconds(20))
                }
            ) { client in
                let connection = try await broker.welcome()
                let before = ContinuousClock.now
                connection.write(Goodbye(.fenced, "Another took over.", reconnect: true))
                await connection.end()
                _ = try await broker.accept()
                #expect(ContinuousClock.now - before >= .milliseconds(10))
                #expect(client.status.isFresh() == false)
                #expect(client.status.isFenced)
            }
        }
    }

    @Test func `a broker that refuses the process for good ends it`() async throws {
        try await ScriptedBroker.with { broker in
            let client = try makeClient(of: broker, .consumer) { _ in }
            let goodbye = Goodbye(.unknownService, "No such service.")
            async let ending = failure { try await client.run() }
            async let error = failure { try await client.get(Sample.name("a")) }
            let connection = try await broker.accept()
            connection.write(goodbye)
            #expect(await ending == .goodbye(goodbye))
            #expect(await error == .goodbye(goodbye))
        }
    }

    @Test(arguments: ["", String(repeating: "x", count: 108)])
    func `a path that can't be a socket is refused at once`(path: String) async throws {
        let client = BrokerClient(
            BrokerClientConfiguration(socketPath: path, identity: try Sample.identity()),
            logger: Logger(label: "test"))
        await #expect(throws: GatewayError.socketPathInvalid(path)) { try await client.run() }
    }

    @Test func `a graceful end says goodbye`() async throws {
        try await ScriptedBroker.with { broker in
            let client = try makeClient(of: broker, .reader) { _ in }
            let (events, sink) = AsyncStream.makeStream(of: BrokerEvent.self)
            client.onEvent { sink.yield($0) }
            let services = ServiceGroup(services: [client], logger: Logger(label: "test"))
            async let run: Void = services.run()
            let connection = try await broker.welcome()
            for await event in events {
                guard case .connected = event else { continue }
                break
            }
            await services.triggerGracefulShutdown()
            let goodbye = try await connection.next(Goodbye.self)
            #expect(goodbye.message.code == .shutdown)
            try await run
        }
    }
}
