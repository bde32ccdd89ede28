import GatewayKit
import Logging
import Protocol
import Testing

/// Runs a client against a broker for as long as the body takes.
func withClient(
    of broker: ScriptedBroker, _ mode: Mode = .consumer,
    configure: (inout BrokerClientConfiguration) -> Void = { _ in },
    register: (BrokerClient) -> Void = { _ in },
    _ body: (BrokerClient) async throws -> Void
) async throws {
    let client = try makeClient(of: broker, mode, configure)
    register(client)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        try await body(client)
        group.cancelAll()
        try await group.waitForAll()
    }
}

func makeClient(
    of broker: ScriptedBroker, _ mode: Mode,
    _ configure: (inout BrokerClientConfiguration) -> Void
) throws -> BrokerClient {
    var configuration = BrokerClientConfiguration(
        socketPath: broker.path, identity: try Sample.identity(mode))
    configuration.backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(5))
    configure(&configuration)
    return BrokerClient(
        configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}

/// The error that ends a call; `nil` if it succeeds.
func failure<Answer>(_ body: () async throws -> Answer) async -> GatewayError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? GatewayError
    }
}
