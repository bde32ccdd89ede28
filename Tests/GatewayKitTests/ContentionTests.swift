import GatewayKit
import Protocol
import StrictJSON
import Testing

// Many tasks at the same thing at once; run under ThreadSanitizer these are where a race shows.
@Suite(.timeLimit(.minutes(1))) struct ContentionTests {
    @Test func `answers and cancellations race, and every caller hears once`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(of: broker) { client in
                let connection = try await broker.welcome()
                let answering = Task {
                    while let frame = try? await connection.next() {
                        connection.write(Value(value: 1), request: frame.request)
                    }
                }
                let name = try Sample.name("a")
                let callers = (0..<400).map { number in
                    let caller = Task { () -> GatewayError? in
                        await failure { try await client.get(name) }
                    }
                    if number.isMultiple(of: 2) { caller.cancel() }
                    return caller
                }
                for (number, caller) in callers.enumerated() {
                    let error = await caller.value
                    #expect(error == nil || (error == .cancelled && number.isMultiple(of: 2)))
                }
                answering.cancel()
                await answering.value
            }
        }
    }

    @Test func `readers of a queue come and go, and every message is handled`() async throws {
        let count = 64 as UInt64
        func delivery(_ number: UInt64) throws -> Delivery {
            var delivery = try Sample.delivery(1, conversation: number)
            delivery.peer = PeerID("\(number)")
            return delivery
        }
        try await ScriptedBroker.with { broker in
            try await withWorker(of: broker, configure: { $0.conversations = Int(count) }) {
                worker in
                let queue = worker.receiveQueue()
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                let reading = Task {
                    while !Task.isCancelled {
                        let reader = Task {
                            for await _ in queue { await Task.yield() }
                        }
                        for _ in 0..<50 { await Task.yield() }
                        reader.cancel()
                        await reader.value
                    }
                }
                for number in 1...count { connection.write(try delivery(number)) }
                var handled: Set<ConversationID> = []
                while handled.count < Int(count) {
                    let frame = try await connection.next()
                    if frame.type == Acknowledge.type {
                        let acknowledge = try Acknowledge(frame.fields)
                        #expect(handled.insert(acknowledge.conversation).inserted)
                        connection.write(Acknowledged(handled: 1), request: frame.request)
                    } else {
                        let later = try NegativeAcknowledge(frame.fields)
                        connection.write(Released(), request: frame.request)
                        connection.write(try delivery(later.conversation.bits.low))
                    }
                }
                reading.cancel()
                await reading.value
            }
        }
    }
}
