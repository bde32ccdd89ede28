import GatewayKit
import Protocol
import StrictJSON
import Testing

/// What becomes of requests, through refusals and lost connections.
@Suite(.timeLimit(.minutes(1))) struct ClientRequestTests {
    @Test func `a refusal is thrown with its code`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(of: broker) { client in
                async let error = failure { try await client.send(Sample.send("k1")) }
                let connection = try await broker.welcome()
                let refused = Refused(.idempotencyConflict, "Another text.")
                connection.write(refused, request: try await connection.next(Send.self).request)
                #expect(await error == .refused(refused))
            }
        }
    }

    @Test func `a retry refusal is repeated by persist until it is stored`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(of: broker) { client in
                async let result = client.persist(try Sample.send("k1"))
                let connection = try await broker.welcome()
                let refused = Refused(.storageFailed, retry: true, "The disk is full.")
                connection.write(refused, request: try await connection.next(Send.self).request)
                let again = try await connection.next(Send.self)
                #expect(again.message.key.text == "k1")
                let answer = Sent(seq: 1, id: Sample.eventID(1), at: 5, duplicate: false)
                connection.write(answer, request: again.request)
                #expect(try await result == answer)
            }
        }
    }

    @Test func `unanswered sends are repeated in order before anything new`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(of: broker) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    var connection = try await broker.welcome()
                    for number in 1...3 {
                        group.addTask { _ = try await client.send(Sample.send("k\(number)")) }
                        let request = try await connection.next(Send.self)
                        #expect(request.message.key.text == "k\(number)")
                    }
                    try await connection.cut()
                    group.addTask { _ = try await client.send(Sample.send("k4")) }
                    connection = try await broker.welcome()
                    for number in 1...4 {
                        let request = try await connection.next(Send.self)
                        #expect(request.message.key.text == "k\(number)")
                        connection.write(
                            Sent(seq: 1, id: Sample.eventID(1), at: 5, duplicate: true),
                            request: request.request)
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `a cancelled caller waits no longer and nothing is repeated`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(of: broker) { client in
                var connection = try await broker.welcome()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await #expect(throws: GatewayError.cancelled) {
                            _ = try await client.send(Sample.send("k1"))
                        }
                    }
                    _ = try await connection.next(Send.self)
                    group.cancelAll()
                    try await group.waitForAll()
                }
                try await connection.cut()
                async let value = client.get(try Sample.name("after"))
                connection = try await broker.welcome()
                let request = try await connection.next(Get.self)
                connection.write(Value(value: 7), request: request.request)
                #expect(try await value == 7)
            }
        }
    }

    @Test func `whatever changes something is repeated in its order`() async throws {
        try await ScriptedBroker.with { broker in
            try await withClient(of: broker) { client in
                let conversation = Sample.conversation()
                let key = try #require(IdempotencyKey("k"))
                let author = Author(id: "a", name: "Ann")
                let edit = Edit(
                    conversation: conversation, key: key, target: key, revision: 1,
                    author: author, body: "b")
                let requests: [any WireRequest] = [
                    try Sample.send("k1"), edit,
                    Delete(conversation: conversation, key: key, target: key, author: author),
                    Close(conversation: conversation, key: key, author: author),
                    Reopen(conversation: conversation, key: key, author: author),
                    Block(conversation: conversation, isBlocked: true),
                    Requeue(
                        conversation: conversation, service: try Sample.name("web"), seq: 1,
                        key: key),
                    SetProperties(conversation: conversation, properties: ["a": "b"]),
                ]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    var connection = try await broker.welcome()
                    for request in requests {
                        group.addTask { try await Self.ask(request, of: client) }
                        #expect(try await connection.next().type == type(of: request).type)
                    }
                    try await connection.cut()
                    connection = try await broker.welcome()
                    for request in requests {
                        let frame = try await connection.next()
                        #expect(frame.type == type(of: request).type)
                        connection.write(Refused(.notFound, "None."), request: frame.request)
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    private static func ask(_ request: some WireRequest, of client: BrokerClient) async throws {
        await #expect(throws: GatewayError.refused(Refused(.notFound, "None."))) {
            _ = try await client.persist(request)
        }
    }
}
