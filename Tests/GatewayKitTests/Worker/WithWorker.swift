import GatewayKit
import Protocol
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

/// What the broker answers to what a worker says.
func stored(_ seq: Int64 = 9) -> Sent {
    Sent(seq: seq, id: Sample.eventID(9), at: 5, duplicate: false)
}
