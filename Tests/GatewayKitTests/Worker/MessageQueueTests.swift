import GatewayKit
import Protocol
import Testing

@Suite(.timeLimit(.minutes(1))) struct MessageQueueTests {
    /// A worker whose client "ann" accessed, and the broker's end.
    func withClient(
        _ body: (ServiceWorker<String>, Client<String>, ScriptedBroker.Connection) async throws ->
            Void
    ) async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(of: broker) { worker in
                let connection = try await broker.welcome()
                async let opened = worker.access("ann")
                try await connection.opened()
                let client = try #require(try await opened)
                let access = try await connection.next(Signal.self).message
                #expect(access.kind == .access)
                let presence = try await connection.next(Signal.self).message
                #expect(presence.kind == .presence(isOn: true))
                try await body(worker, client, connection)
            }
        }
    }

    @Test func `an element is acknowledged when the next is asked for`() async throws {
        try await self.withClient { worker, client, connection in
            let queue = worker.queue(for: client)
            #expect(try await connection.next(Credit.self).message.conversations == 16)
            connection.write(try known(1))
            var iterator = queue.makeAsyncIterator()
            #expect(await iterator.next()?.text == "body 1")
            // Nothing but the signal arrives: the element isn't acknowledged yet.
            client.signal(.typing)
            _ = try await connection.next(Signal.self)
            let reader = Task { [iterator] in
                var iterator = iterator
                let message = await iterator.next()
                message?.acknowledge()
                return message?.text
            }
            try await connection.answer(Acknowledge.self, Acknowledged(handled: 1))
            connection.write(try known(2))
            #expect(await reader.value == "body 2")
            #expect(try await connection.next(Acknowledge.self).message.seq == 2)
        }
    }

    @Test func `several messages are handled at a time when acknowledged by hand`() async throws {
        try await self.withClient { worker, _, connection in
            let queue = worker.receiveQueue().byHand
            _ = try await connection.next(Credit.self)
            for number in 1...3 as ClosedRange<UInt64> {
                var delivery = try Sample.delivery(Int64(number), conversation: number)
                delivery.peer = PeerID("\(number)")
                connection.write(delivery)
            }
            var iterator = queue.makeAsyncIterator()
            var messages: [Message<String>] = []
            while messages.count < 3, let next = await iterator.next() { messages.append(next) }
            for seq in [2, 3, 1] as [Int64] {
                messages.first { $0.event.seq == seq }?.acknowledge()
                #expect(try await connection.next(Acknowledge.self).message.seq == seq)
            }
        }
    }

    @Test func `an element that was let go comes again`() async throws {
        try await self.withClient { worker, client, connection in
            let queue = worker.queue(for: client)
            _ = try await connection.next(Credit.self)
            connection.write(try known(1))
            for await message in queue {
                #expect(message.text == "body 1")
                break
            }
            let later = try await connection.next(NegativeAcknowledge.self).message
            #expect(later.delayMilliseconds == 1_000)
        }
    }

    @Test func `a cancelled reader gives its element back, and the next one reads on`()
        async throws
    {
        try await self.withClient { worker, client, connection in
            let queue = worker.queue(for: client)
            _ = try await connection.next(Credit.self)
            connection.write(try known(1))
            let (begun, sink) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                for await _ in queue {
                    sink.yield()
                    try? await Task.sleep(for: .seconds(600))
                }
            }
            for await _ in begun { break }
            task.cancel()
            await task.value
            try await connection.answer(NegativeAcknowledge.self, Released())
            connection.write(try known(1))
            var iterator = queue.makeAsyncIterator()
            let again = await iterator.next()
            again?.acknowledge()
            #expect(try await connection.next(Acknowledge.self).message.seq == 1)
        }
    }

    @Test func `each client's messages go to its queue, and the others' to that for all`()
        async throws
    {
        try await self.withClient { worker, client, connection in
            let own = worker.queue(for: client)
            #expect(worker.queue(for: client) === own)
            let all = worker.receiveQueue()
            #expect(worker.receiveQueue() === all)
            var other = try Sample.delivery(1, conversation: 2)
            other.peer = PeerID("bob")
            connection.write(other)
            connection.write(try known(1))
            var ownIterator = own.makeAsyncIterator()
            var allIterator = all.makeAsyncIterator()
            #expect(await ownIterator.next()?.client.id == "ann")
            #expect(await allIterator.next()?.client.id == "bob")
        }
    }

    @Test func `a client that left is told of, and its messages wait`() async throws {
        try await self.withClient { worker, client, connection in
            let queue = worker.queue(for: client)
            _ = try await connection.next(Credit.self)
            connection.write(try known(1))
            var iterator = queue.makeAsyncIterator()
            _ = await iterator.next()
            worker.deactivate(client)
            let left = try await connection.next(Signal.self).message
            #expect(left.kind == .presence(isOn: false))
            #expect(await iterator.next() == nil)
            try await connection.answer(Acknowledge.self, Acknowledged(handled: 1))
            connection.write(try known(2))
            let later = try await connection.next(NegativeAcknowledge.self).message
            #expect(later.seq == 2 && later.delayMilliseconds == 1_000)
        }
    }
}
