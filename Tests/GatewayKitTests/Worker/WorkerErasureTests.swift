import GatewayKit
import Protocol
import Synchronization
import Testing

/// What a worker does about an erased conversation.
@Suite(.timeLimit(.minutes(1))) struct WorkerErasureTests {
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
}
