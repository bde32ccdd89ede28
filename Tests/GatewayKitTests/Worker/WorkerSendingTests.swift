import GatewayKit
import Protocol
import Synchronization
import Testing

/// What a worker says.
@Suite(.timeLimit(.minutes(1))) struct WorkerSendingTests {
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
                #expect(try await connection.answer(Send.self, stored(1)).body == "1")
                let second = try await connection.next(Send.self)
                #expect(second.message.body == "2")
                connection.write(Refused(.blocked, "Blocked."), request: second.request)
                #expect(try await connection.answer(Send.self, stored(2)).body == "3")
                let edit = try await connection.answer(Edit.self, stored(3))
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
                connection.write(stored(1), request: request)
                #expect(try await connection.answer(Send.self, stored(2)).body == "last")
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
                            try await connection.answer(Send.self, stored(seq)).body)
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
}
