import GatewayKit
import Protocol
import Testing

@Suite(.timeLimit(.minutes(1))) struct RefusedAnswerTests {
    /// Delivers a message whose answer is refused, and returns what the worker makes of it.
    func outcome(of refused: Refused) async throws -> String {
        var outcome = ""
        try await ScriptedBroker.with { broker in
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in try await message.answer("yes") }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                let send = try await connection.next(Send.self)
                connection.write(refused, request: send.request)
                let frame = try await connection.next()
                outcome = frame.type
                if frame.type == DeadLetter.type {
                    let letter = try DeadLetter(frame.fields)
                    outcome += " \(letter.code): \(letter.reason)"
                }
            }
        }
        return outcome
    }

    @Test func `a message whose answer is refused for good is set aside`() async throws {
        let refused = Refused(.blocked, "The other side has blocked this.")
        #expect(
            try await self.outcome(of: refused)
                == "dead_letter blocked: The other side has blocked this.")
    }

    @Test func `an answer that was given in other words before stands`() async throws {
        let refused = Refused(.idempotencyConflict, "The key belongs to another message.")
        #expect(try await self.outcome(of: refused) == "acknowledge")
    }

    @Test func `a taken binding lets the message come again`() async throws {
        let refused = Refused(.bindingConflict, "That id is taken.")
        #expect(try await self.outcome(of: refused) == "negative_acknowledge")
    }
}
