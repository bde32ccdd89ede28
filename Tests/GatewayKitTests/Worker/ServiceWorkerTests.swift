import Foundation
import GatewayKit
import Logging
import Protocol
import ServiceLifecycle
import Synchronization
import Testing

/// Runs a worker against a scripted broker for as long as the body takes.
func withWorker<ID: PeerIdentifier>(
    of broker: ScriptedBroker, _ kind: ID.Type,
    configure: (inout WorkerConfiguration) -> Void = { _ in },
    register: (ServiceWorker<ID>) -> Void = { _ in },
    _ body: (ServiceWorker<ID>) async throws -> Void
) async throws {
    var configuration = try WorkerConfiguration(service: "test", socketPath: broker.path)
    configuration.connection.backoff = Backoff(
        first: .milliseconds(1), longest: .milliseconds(5))
    configure(&configuration)
    let worker = ServiceWorker<ID>(configuration)
    register(worker)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await worker.run() }
        try await body(worker)
        group.cancelAll()
        try await group.waitForAll()
    }
}

/// The same for a service whose ids are strings.
func withWorker(
    of broker: ScriptedBroker,
    configure: (inout WorkerConfiguration) -> Void = { _ in },
    register: (ServiceWorker<String>) -> Void = { _ in },
    _ body: (ServiceWorker<String>) async throws -> Void
) async throws {
    try await withWorker(
        of: broker, String.self, configure: configure, register: register, body)
}

extension ScriptedBroker.Connection {
    /// Answers the next request, which must be of that kind.
    @discardableResult
    func answer<Request: WireRequest>(
        _ kind: Request.Type, _ answer: Request.Answer
    ) async throws -> Request {
        let (message, request) = try await self.next(Request.self)
        self.write(answer, request: request)
        return message
    }

    /// Answers the next request for a client.
    @discardableResult
    func opened(_ number: UInt64 = 1) async throws -> Open {
        let opened = Opened(
            conversation: Sample.conversation(number), created: true, head: .none, properties: [:])
        return try await self.answer(Open.self, opened)
    }
}

/// A delivery of a client that the service knows.
func known(_ seq: Int64, as peer: String = "ann", kind: Event.Kind = .message) throws -> Delivery {
    var delivery = try Sample.delivery(seq)
    delivery.peer = PeerID(peer)
    delivery.event.kind = kind
    return delivery
}

struct Mishap: Error {}

@Suite(.timeLimit(.minutes(1))) struct ServiceWorkerTests {
    func sent(_ seq: Int64 = 9) -> Sent {
        Sent(seq: seq, id: Sample.eventID(9), at: 5, duplicate: false)
    }

    // MARK: Callbacks

    @Test func `the kind of ids is said by itself, and no callback is needed`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(of: broker, UUID.self) { worker in
                let connection = try await broker.accept()
                let hello = try await connection.next(Hello.self).message
                #expect(hello.peerKind == .uuid)
                #expect(hello.mode == .consumer)
                connection.write(Sample.welcome())
                async let client = worker.access(UUID(), createIfAbsent: false)
                let open = try await connection.next(Open.self)
                connection.write(Refused(.notFound, "None."), request: open.request)
                #expect(try await client == nil)
            }
        }
    }

    @Test func `a new client is named and bound before its first message`() async throws {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withWorker(
                of: broker, Int64.self,
                register: { worker in
                    worker.onNewClient { client in
                        sink.yield("new \(client.event.body)")
                        return 7
                    }
                    worker.onMessage { message in
                        sink.yield("\(message.client.id) \(message.text) \(message.author.name)")
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                #expect(try await connection.next(Credit.self).message.conversations == 16)
                connection.write(try Sample.delivery(1))
                let bind = try await connection.answer(Bind.self, Bound())
                #expect(bind.peer.text == "7")
                #expect(try await connection.next(Acknowledge.self).message.seq == 1)
                var order = seen.makeAsyncIterator()
                #expect(await order.next() == "new body 1")
                #expect(await order.next() == "7 body 1 Ann")
            }
        }
    }

    @Test func `without that callback a client is called after its conversation`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(
                of: broker, register: { $0.onMessage { _ in } }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(1))
                let bind = try await connection.answer(Bind.self, Bound())
                #expect(bind.peer.text == Sample.conversation().description)
                _ = try await connection.next(Acknowledge.self)
            }
        }
    }

    @Test func `an id that can't be one is no id, and the message waits`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onNewClient { _ in "" }
                    worker.onMessage { _ in }
                }
            ) { worker in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(1))
                _ = try await connection.next(NegativeAcknowledge.self)
                await #expect(throws: GatewayError.peerInvalid("")) { try await worker.access("") }
            }
        }
    }

    @Test func `a message whose callback throws comes again, later each time`() async throws {
        try await ScriptedBroker.with { broker in
            let calls = Atomic(0)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in
                        message.record(try #require(ExternalID("x1")))
                        if calls.add(1, ordering: .relaxed).newValue < 3 { throw Mishap() }
                        await Task.yield()
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                for wait in [1_000, 2_000] as [Int64] {
                    connection.write(try known(1))
                    let later = try await connection.next(NegativeAcknowledge.self)
                    #expect(later.message.delayMilliseconds == wait)
                    #expect(later.message.external.map(\.text) == ["x1"])
                    #expect(!later.message.reason.contains("Mishap"))
                    connection.write(Released(), request: later.request)
                }
                connection.write(try known(1))
                #expect(try await connection.next(Acknowledge.self).message.external.count == 1)
            }
        }
    }

    @Test func `a callback says that a message may stand twice, whatever becomes of it`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in
                        if message.event.seq < 4 { message.notePossibleDuplicate() }
                        switch message.event.seq {
                        case 2: throw Mishap()
                        case 3: throw Undeliverable(code: "1", reason: "No.")
                        default: await Task.yield()
                        }
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                let handled = try await connection.answer(
                    Acknowledge.self, Acknowledged(handled: 1))
                #expect(handled.isPossibleDuplicate)
                connection.write(try known(2))
                let later = try await connection.answer(NegativeAcknowledge.self, Released())
                #expect(later.isPossibleDuplicate)
                connection.write(try known(3))
                let dead = try await connection.answer(DeadLetter.self, Acknowledged(handled: 3))
                #expect(dead.isPossibleDuplicate)
                connection.write(try known(4))
                let other = try await connection.answer(
                    Acknowledge.self, Acknowledged(handled: 4))
                #expect(!other.isPossibleDuplicate)
            }
        }
    }

    @Test func `what was set aside goes to the callback for changes, with its reason`() async throws
    {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { _ in Issue.record("It is no message.") }
                    worker.onChange {
                        sink.yield("\($0.event.kind.text): \($0.delivery.setAside?.code ?? "")")
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                var delivery = try known(1, kind: .setAside)
                delivery.setAside = SetAside(kind: .message, code: "poison", reason: "Deadly.")
                connection.write(delivery)
                try await connection.answer(Acknowledge.self, Acknowledged(handled: 1))
                var order = seen.makeAsyncIterator()
                #expect(await order.next() == "set_aside: poison")
            }
        }
    }

    @Test func `a callback says that a message is refused for good, or when to try again`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in
                        switch message.event.seq {
                        case 1: throw Undeliverable(code: "50035", reason: "It is empty.")
                        case 2: throw NotNow(after: .seconds(30), reason: "It sleeps.")
                        case 3: message.reject(code: "1", reason: "No.")
                        case 4: message.postpone(after: .seconds(2), reason: "Soon.")
                        default:
                            message.acknowledge()
                            throw Mishap()
                        }
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                #expect(
                    try await connection.answer(DeadLetter.self, Acknowledged(handled: 1)).code
                        == "50035")
                connection.write(try known(2))
                #expect(
                    try await connection.answer(NegativeAcknowledge.self, Released())
                        .delayMilliseconds == 30_000)
                connection.write(try known(3))
                #expect(
                    try await connection.answer(DeadLetter.self, Acknowledged(handled: 3)).code
                        == "1")
                connection.write(try known(4))
                #expect(
                    try await connection.answer(NegativeAcknowledge.self, Released()).reason
                        == "Soon.")
                connection.write(try known(5))
                #expect(try await connection.next(Acknowledge.self).message.seq == 5)
            }
        }
    }

    @Test func `callbacks that block don't hold up those that wait`() async throws {
        try await ScriptedBroker.with { broker in
            let gate = Mutex(false)
            try await withWorker(
                of: broker, configure: { $0.conversations = 8 },
                register: { worker in
                    // More of them block than there are cores; Swift's own threads stay free.
                    worker.onMessage { message in
                        guard message.event.seq < 9 else { return gate.withLock { $0 = true } }
                        while !gate.withLock({ $0 }) { Thread.sleep(forTimeInterval: 0.001) }
                    }
                }
            ) { worker in
                let connection = try await broker.welcome()
                #expect(try await connection.next(Credit.self).message.conversations == 8)
                for number in 1...7 as ClosedRange<UInt64> {
                    var delivery = try Sample.delivery(Int64(number), conversation: number)
                    delivery.peer = PeerID("\(number)")
                    connection.write(delivery)
                }
                async let properties = worker.access("x")
                try await connection.opened(99)
                #expect(try await properties != nil)
                // Signals of the access come before anything else.
                _ = try await connection.next(Signal.self)
                _ = try await connection.next(Signal.self)
                var last = try Sample.delivery(9, conversation: 8)
                last.peer = PeerID("8")
                connection.write(last)
                for _ in 1...8 {
                    let acknowledge = try await connection.next(Acknowledge.self)
                    connection.write(
                        Acknowledged(handled: acknowledge.message.seq),
                        request: acknowledge.request)
                }
            }
        }
    }

    @Test func `edits and the like go to a callback of their own, or count as handled`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { sink.yield("message \($0.event.seq)") }
                    worker.onChange { sink.yield("\($0.event.kind.text) \($0.event.seq)") }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                var deleted = try known(6)
                deleted.event.isDeleted = true
                let deliveries = [
                    try known(1), try known(2, kind: .edit), try known(3, kind: .deletion),
                    try known(4, kind: .requeue), try known(5, kind: Event.Kind("weather")),
                    deleted, try known(7),
                ]
                for delivery in deliveries {
                    connection.write(delivery)
                    let handled = Acknowledged(handled: delivery.event.seq)
                    try await connection.answer(Acknowledge.self, handled)
                }
                var order = seen.makeAsyncIterator()
                for expected in [
                    "message 1", "edit 2", "deletion 3", "message 4", "weather 5", "message 7",
                ] {
                    #expect(await order.next() == expected)
                }
            }
        }
    }

    /// The end of a conversation, as the broker tells a service that has, or hasn't, a name for it.
    func erasure(_ seq: Int64, peer: String?) throws -> Delivery {
        var delivery = try known(seq, kind: .erasure)
        delivery.event.body = ""
        delivery.peer = peer.flatMap { PeerID($0) }
        delivery.targetExternal = [try #require(ExternalID("x1"))]
        return delivery
    }

    @Test func `an erasure is acknowledged after its callback, which is tried until it works`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: ErasedClient<String>.self)
            let failures = Mutex(1)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onNewClient { _ in
                        Issue.record("nobody new comes")
                        return "new"
                    }
                    worker.onMessage { _ in }
                    worker.onErased { client in
                        let fails = failures.withLock { count in
                            defer { count -= 1 }
                            return count > 0
                        }
                        if fails { throw NotNow(after: .zero, reason: "The far side is away.") }
                        sink.yield(client)
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try self.erasure(1, peer: nil))
                let released = try await connection.answer(NegativeAcknowledge.self, Released())
                #expect(released.seq == 1)
                connection.write(try self.erasure(1, peer: nil))
                try await connection.answer(Acknowledge.self, Acknowledged(handled: 1))
                var order = seen.makeAsyncIterator()
                let client = try #require(await order.next())
                #expect(client.id == nil && client.external.map(\.text) == ["x1"])
                // Told again after the answer was lost, it isn't called again; and that the broker
                // has forgotten it meanwhile is no failure.
                connection.write(try self.erasure(1, peer: nil))
                let again = try await connection.next(Acknowledge.self)
                connection.write(Refused(.conversationGone, "gone"), request: again.request)
                connection.write(try known(2))
                try await connection.answer(Acknowledge.self, Acknowledged(handled: 2))
            }
            sink.finish()
            #expect(failures.withLock { $0 } == -1)
        }
    }

    @Test func `an erased client's queue ends`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(of: broker) { worker in
                let connection = try await broker.welcome()
                async let access = worker.access("7")
                try await connection.opened()
                let client = try #require(try await access)
                let queue = worker.queue(for: client)
                var delivery = try self.erasure(1, peer: "7")
                delivery.conversation = client.conversation
                for _ in 1...2 { _ = try await connection.next(Signal.self) }
                _ = try await connection.next(Credit.self)
                connection.write(delivery)
                try await connection.answer(Acknowledge.self, Acknowledged(handled: 1))
                var messages = queue.makeAsyncIterator()
                #expect(await messages.next() == nil)
                #expect(worker.queue(for: client) !== queue)
            }
        }
    }

    @Test func `an access on another service is told, also to a callback that blocks`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withWorker(
                of: broker, register: { $0.onAccess { client in sink.yield(client.id) } }
            ) { _ in
                let connection = try await broker.welcome()
                let signal = Signal(conversation: Sample.conversation(), kind: .access)
                let web = try Sample.name("web")
                // One that this service doesn't know yet is no client of it.
                connection.write(SignalPush(signal: signal, service: web))
                connection.write(SignalPush(signal: signal, service: web, peer: PeerID("ann")))
                var order = seen.makeAsyncIterator()
                #expect(await order.next() == "ann")
            }
        }
    }

    // MARK: Repetitions

    @Test func `an event that was handled isn't handled again`() async throws {
        try await ScriptedBroker.with { broker in
            let calls = Atomic(0)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in
                        message.record(try #require(ExternalID("x1")))
                        calls.add(1, ordering: .relaxed)
                        await Task.yield()
                    }
                }
            ) { _ in
                var connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                try await connection.answer(Acknowledge.self, Acknowledged(handled: 1))
                try await connection.cut()
                // A database that was put back to an earlier day delivers it again.
                connection = try await broker.welcome(epoch: 2)
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                let again = try await connection.answer(
                    Acknowledge.self, Acknowledged(handled: 1))
                #expect(again.external.map(\.text) == ["x1"])
                #expect(calls.load(ordering: .relaxed) == 1)
            }
        }
    }

    @Test func `an answer has the same key however often its message comes`() async throws {
        try await ScriptedBroker.with { broker in
            let calls = Atomic(0)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in
                        try await message.answer("one")
                        try await message.answer("two", quoting: true)
                        if calls.add(1, ordering: .relaxed).newValue == 1 { throw Mishap() }
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                var keys: [[String]] = []
                for _ in 1...2 {
                    connection.write(try known(1))
                    let one = try await connection.answer(Send.self, self.sent())
                    let two = try await connection.answer(Send.self, self.sent())
                    #expect(one.body == "one" && one.replyTo == nil)
                    #expect(two.body == "two" && two.replyTo == Sample.eventID(1 << 32 | 1))
                    keys.append([one.key.text, two.key.text])
                    let frame = try await connection.next()
                    connection.write(Released(), request: frame.request)
                }
                #expect(keys[0] == keys[1])
                #expect(keys[0][0] != keys[0][1])
            }
        }
    }

    // MARK: Fencing

    @Test func `a fenced worker stops what it does at once`() async throws {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withWorker(
                of: broker,
                configure: { configuration in
                    configuration.connection.fencedBackoff = Backoff(
                        first: .milliseconds(20), longest: .milliseconds(20))
                },
                register: { worker in
                    worker.onMessage { message in
                        guard message.event.seq == 1 else {
                            sink.yield("second")
                            return
                        }
                        sink.yield("begun")
                        do {
                            try await Task.sleep(for: .seconds(600))
                        } catch {
                            sink.yield("stopped")
                            throw error
                        }
                    }
                }
            ) { worker in
                var connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                var order = seen.makeAsyncIterator()
                #expect(await order.next() == "begun")
                connection.write(Goodbye(.fenced, "Another took over.", reconnect: true))
                #expect(await order.next() == "stopped")
                #expect(worker.broker.status.isFenced)
                // Later it may be its turn again, and it works as before.
                connection = try await broker.welcome()
                // What was stopped is given back, before or after the new credit; until the broker has
                // answered that, nothing else of the conversation begins.
                let frames = [try await connection.next(), try await connection.next()]
                #expect(Set(frames.map(\.type)) == [NegativeAcknowledge.type, Credit.type])
                let release = try #require(
                    frames.first { $0.type == NegativeAcknowledge.type }?.request)
                connection.write(Released(), request: release)
                connection.write(try known(2))
                #expect(await order.next() == "second")
            }
        }
    }

    // MARK: Sending

    @Test func `what is said to a client leaves in order, one thing at a time`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(of: broker) { worker in
                let connection = try await broker.welcome()
                async let opened = worker.access("ann")
                try await connection.opened()
                let client = try #require(try await opened)
                _ = try await connection.next(Signal.self)
                _ = try await connection.next(Signal.self)
                let queue = worker.sendQueue()
                for number in 1...3 { queue.send("\(number)", to: client) }
                let key = try #require(IdempotencyKey("k"))
                async let edited = client.edit(key, revision: 4, to: "new")
                let first = try await connection.next(Send.self)
                #expect(first.message.body == "1")
                // A refusal that says retry isn't overtaken.
                connection.write(
                    Refused(.storageFailed, retry: true, "The disk is full."),
                    request: first.request)
                #expect(try await connection.answer(Send.self, self.sent(1)).body == "1")
                let second = try await connection.next(Send.self)
                #expect(second.message.body == "2")
                connection.write(Refused(.blocked, "Blocked."), request: second.request)
                #expect(try await connection.answer(Send.self, self.sent(2)).body == "3")
                let edit = try await connection.answer(Edit.self, self.sent(3))
                #expect(edit.revision == 4)
                #expect(try await edited.seq == 3)
                queue.finish()
                var results: [String] = []
                for await outcome in queue.results {
                    switch outcome.result {
                    case .success(let sent): results.append("\(sent.seq)")
                    case .failure(let error): results.append("\(error)")
                    }
                }
                #expect(results == ["1", "The broker refused it (blocked): Blocked.", "2"])
            }
        }
    }

    @Test func `a cancelled send that waits for its turn is never said`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(of: broker) { worker in
                let connection = try await broker.welcome()
                async let opened = worker.access("ann")
                try await connection.opened()
                let client = try #require(try await opened)
                _ = try await connection.next(Signal.self)
                _ = try await connection.next(Signal.self)
                async let first = client.send("first")
                let request = try await connection.next(Send.self).request
                let task = Task { await failure { try await client.send("cancelled") } }
                task.cancel()
                #expect(await task.value == .cancelled)
                async let last = client.send("last")
                connection.write(self.sent(1), request: request)
                #expect(try await connection.answer(Send.self, self.sent(2)).body == "last")
                _ = try await (first, last)
            }
        }
    }

    @Test func `many tasks send at once, and each message is stored once`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(of: broker) { worker in
                let connection = try await broker.welcome()
                async let opened = worker.access("ann")
                try await connection.opened()
                let client = try #require(try await opened)
                _ = try await connection.next(Signal.self)
                _ = try await connection.next(Signal.self)
                try await withThrowingTaskGroup(of: Int64.self) { group in
                    for number in 1...200 {
                        group.addTask { try await client.send("\(number)").seq }
                    }
                    var bodies: Set<String> = []
                    for seq in 1...200 as ClosedRange<Int64> {
                        bodies.insert(
                            try await connection.answer(Send.self, self.sent(seq)).body)
                    }
                    #expect(bodies.count == 200)
                    let seqs = try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
                    #expect(seqs.count == 200)
                }
            }
        }
    }

    @Test func `what is handed in to a worker that has ended fails`() async throws {
        try await ScriptedBroker.with { broker in
            let kept = Mutex<(ServiceWorker<String>, Client<String>)?>(nil)
            try await withWorker(of: broker) { worker in
                let connection = try await broker.welcome()
                async let opened = worker.access("ann")
                try await connection.opened()
                let client = try #require(try await opened)
                kept.withLock { $0 = (worker, client) }
            }
            let (worker, client) = try #require(kept.withLock { $0 })
            #expect(await failure { try await client.send("x") } == .stopped)
            for await _ in worker.queue(for: client) { Issue.record("It has ended.") }
            for await _ in worker.receiveQueue() { Issue.record("It has ended.") }
        }
    }

    @Test(arguments: ["", "a b", String(repeating: "x", count: 65)])
    func `a name that can't be one is refused at once`(name: String) {
        #expect(throws: GatewayError.nameInvalid(name)) {
            try ServiceWorker<String>(service: name)
        }
        #expect(throws: GatewayError.nameInvalid(name)) {
            try ServiceWorker<String>(box: name, service: "x")
        }
        #expect("\(GatewayError.nameInvalid(name))".contains("1–64 bytes"))
    }
}
