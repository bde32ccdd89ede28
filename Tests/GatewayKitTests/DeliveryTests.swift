import GatewayKit
import Logging
import Protocol
import ServiceLifecycle
import StrictJSON
import Testing

/// Lets handlers wait until the test says so, and counts what they were called with.
actor Desk {
    private var waiting: [CheckedContinuation<DeliveryOutcome, Never>] = []
    private(set) var handled: [Int64] = []
    private var watchers: [(Int, CheckedContinuation<Void, Never>)] = []

    func handle(_ delivery: Delivery) async -> DeliveryOutcome {
        self.handled.append(delivery.event.seq)
        return await withCheckedContinuation {
            self.waiting.append($0)
            let count = self.handled.count
            for (_, watcher) in self.watchers.filter({ $0.0 <= count }) { watcher.resume() }
            self.watchers.removeAll { $0.0 <= count }
        }
    }

    /// Waits until so many handlers were called.
    func called(_ count: Int) async {
        guard self.handled.count < count else { return }
        await withCheckedContinuation { self.watchers.append((count, $0)) }
    }

    /// Lets the handler that waits longest return.
    func finish(_ outcome: DeliveryOutcome = .handled()) {
        self.waiting.removeFirst().resume(returning: outcome)
    }
}

@Suite(.timeLimit(.minutes(1))) struct DeliveryTests {
    let desk = Desk()

    @Test func `a delivery is acknowledged after its handler returned`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(
                of: broker,
                register: { client in
                    client.onDelivery { delivery in await self.desk.handle(delivery) }
                    client.setCredit(3)
                }
            ) { _ in
                let connection = try await broker.welcome()
                #expect(try await connection.next(Credit.self).message.conversations == 3)
                connection.write(try Sample.delivery(3))
                await self.desk.called(1)
                let external = [try #require(ExternalID("x1"))]
                await self.desk.finish(.handled(external: external))
                let acknowledge = try await connection.next(Acknowledge.self)
                #expect(acknowledge.message.seq == 3)
                #expect(acknowledge.message.external == external)
            }
        }
    }

    @Test func `a handler's other outcomes reach the broker within its limits`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(
                of: broker,
                register: { client in
                    client.onDelivery { delivery in await self.desk.handle(delivery) }
                    client.setCredit(3)
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(1, conversation: 1))
                await self.desk.called(1)
                await self.desk.finish(
                    .later(after: .seconds(9_999), reason: String(repeating: "é", count: 900)))
                let later = try await connection.next(NegativeAcknowledge.self).message
                #expect(later.delayMilliseconds == Limits.delayMilliseconds)
                #expect(later.reason.utf8.count == Limits.sentenceBytes)
                connection.write(try Sample.delivery(1, conversation: 2))
                await self.desk.called(2)
                await self.desk.finish(.deadLetter(code: "50035", reason: ""))
                let dead = try await connection.next(DeadLetter.self).message
                #expect(dead.code == "50035")
            }
        }
    }

    @Test func `that an event may stand twice reaches the broker with every outcome`() async throws
    {
        try await ScriptedBroker.with { broker in
            try await withClient(
                of: broker,
                register: { client in
                    client.onDelivery { delivery in await self.desk.handle(delivery) }
                    client.setCredit(9)
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                var count = 0
                func deliver(_ outcome: DeliveryOutcome) async throws {
                    count += 1
                    connection.write(try Sample.delivery(1, conversation: UInt64(count)))
                    await self.desk.called(count)
                    await self.desk.finish(outcome)
                }
                for isPossible in [true, false] {
                    try await deliver(.handled(isPossibleDuplicate: isPossible))
                    let handled = try await connection.next(Acknowledge.self).message
                    #expect(handled.isPossibleDuplicate == isPossible)
                    try await deliver(
                        .later(after: .zero, reason: "r", isPossibleDuplicate: isPossible))
                    let later = try await connection.next(NegativeAcknowledge.self).message
                    #expect(later.isPossibleDuplicate == isPossible)
                    try await deliver(
                        .deadLetter(code: "1", reason: "r", isPossibleDuplicate: isPossible))
                    let dead = try await connection.next(DeadLetter.self).message
                    #expect(dead.isPossibleDuplicate == isPossible)
                }
            }
        }
    }

    @Test func `an unanswered acknowledge is repeated before credit is given`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(
                of: broker,
                register: { client in
                    client.onDelivery { delivery in await self.desk.handle(delivery) }
                    client.setCredit(1)
                }
            ) { _ in
                var connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(3))
                await self.desk.called(1)
                await self.desk.finish()
                _ = try await connection.next(Acknowledge.self)
                try await connection.cut()
                connection = try await broker.welcome()
                let again = try await connection.next(Acknowledge.self)
                #expect(again.message.seq == 3)
                #expect(try await connection.next(Credit.self).message.conversations == 1)
                connection.write(Acknowledged(handled: 3), request: again.request)
                connection.write(try Sample.delivery(4))
                await self.desk.called(2)
                await self.desk.finish()
                #expect(try await connection.next(Acknowledge.self).message.seq == 4)
                #expect(await self.desk.handled == [3, 4])
            }
        }
    }

    @Test func `a handler that outlives its connection is called once`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(
                of: broker,
                register: { client in
                    client.onDelivery { delivery in await self.desk.handle(delivery) }
                    client.setCredit(1)
                }
            ) { _ in
                var connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(3))
                await self.desk.called(1)
                try await connection.cut()
                connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(3))
                await self.desk.finish()
                #expect(try await connection.next(Acknowledge.self).message.seq == 3)
                #expect(await self.desk.handled == [3])
            }
        }
    }

    @Test func `an outcome is told again after a refusal that says retry`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(
                of: broker,
                register: { client in
                    client.onDelivery { delivery in await self.desk.handle(delivery) }
                    client.setCredit(1)
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(3))
                await self.desk.called(1)
                await self.desk.finish()
                connection.write(
                    Refused(.storageFailed, retry: true, "The disk is full."),
                    request: try await connection.next(Acknowledge.self).request)
                #expect(try await connection.next(Acknowledge.self).message.seq == 3)
            }
        }
    }

    @Test func `conversations are handled in parallel within the credit`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(
                of: broker,
                register: { client in
                    client.onDelivery { delivery in await self.desk.handle(delivery) }
                    client.setCredit(2)
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                for number in 1...3 as ClosedRange<UInt64> {
                    connection.write(
                        try Sample.delivery(Int64(number), conversation: number))
                }
                await self.desk.called(2)
                #expect(Set(await self.desk.handled) == [1, 2])
                await self.desk.finish()
                await self.desk.called(3)
                await self.desk.finish()
                await self.desk.finish()
                for _ in 1...3 { _ = try await connection.next(Acknowledge.self) }
            }
        }
    }

    @Test func `in another database an outcome waits for its event`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(
                of: broker,
                register: { client in
                    client.onDelivery { delivery in await self.desk.handle(delivery) }
                    client.setCredit(1)
                }
            ) { _ in
                var connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(3))
                await self.desk.called(1)
                await self.desk.finish()
                _ = try await connection.next(Acknowledge.self)
                try await connection.cut()
                connection = try await broker.welcome(epoch: 2)
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(3))
                #expect(try await connection.next(Acknowledge.self).message.seq == 3)
                #expect(await self.desk.handled == [3])
            }
        }
    }

    @Test func `a graceful end waits for handlers and their acknowledgements`() async throws {
        try await ScriptedBroker.with { broker in
            let client = try makeClient(of: broker, .consumer) { _ in }
            client.onDelivery { delivery in await self.desk.handle(delivery) }
            client.setCredit(1)
            let services = ServiceGroup(services: [client], logger: Logger(label: "test"))
            async let run: Void = services.run()
            let connection = try await broker.welcome()
            _ = try await connection.next(Credit.self)
            connection.write(try Sample.delivery(3))
            await self.desk.called(1)
            await services.triggerGracefulShutdown()
            #expect(try await connection.next(Credit.self).message.conversations == 0)
            await self.desk.finish()
            let acknowledge = try await connection.next(Acknowledge.self)
            connection.write(Acknowledged(handled: 3), request: acknowledge.request)
            #expect(try await connection.next(Goodbye.self).message.code == .shutdown)
            try await run
        }
    }

    @Test func `a queue's element is acknowledged when the next is asked for`() async throws {
        try await ScriptedBroker.with { broker in
            let client = try makeClient(of: broker, .consumer) { _ in }
            let queue = DeliveryQueue(client)
            client.setCredit(1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.run() }
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(1))
                let iterator = queue.makeAsyncIterator()
                #expect(await iterator.next()?.event.seq == 1)
                // Nothing but the put arrives: the element isn't acknowledged yet.
                group.addTask { try await client.put(Sample.name("a"), 1) }
                let put = try await connection.next(Put.self)
                connection.write(Stored(), request: put.request)
                async let second = iterator.next()
                let acknowledge = try await connection.next(Acknowledge.self)
                connection.write(Acknowledged(handled: 1), request: acknowledge.request)
                connection.write(try Sample.delivery(2))
                #expect(await second?.event.seq == 2)
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }
}
