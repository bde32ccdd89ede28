import GatewayKit
import Protocol
import Testing

/// A client that may not outlive the database's life.
@Suite(.timeLimit(.minutes(1))) struct EpochTests {
    @Test(arguments: [false, true])
    func `a client that ends with its epoch tells another one nothing`(
        handlesDeliveries: Bool
    ) async throws {
        try await ScriptedBroker.with { broker in
            let client = try makeClient(of: broker, .consumer) { $0.endsWithEpoch = true }
            if handlesDeliveries { client.onDelivery { _ in .handled() } }
            async let run = failure { try await client.run() }
            async let sent = failure { try await client.send(try Sample.send("k1")) }
            var connection = try await broker.welcome()
            _ = try await connection.next(Send.self)
            try await connection.cut()
            connection = try await broker.welcome(epoch: 2)
            #expect(try await connection.next(Goodbye.self).message.code == .shutdown)
            #expect(await run == .epochChanged)
            #expect(await sent == .epochChanged)
        }
    }

    @Test func `another connection to the same database is no end`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(of: broker, configure: { $0.endsWithEpoch = true }) { client in
                async let sent = client.send(try Sample.send("k1"))
                var connection = try await broker.welcome()
                _ = try await connection.next(Send.self)
                try await connection.cut()
                connection = try await broker.welcome()
                let request = try await connection.next(Send.self)
                let answer = Sent(seq: 1, id: Sample.eventID(1), at: 5, duplicate: false)
                connection.write(answer, request: request.request)
                #expect(try await sent == answer)
            }
        }
    }
}
