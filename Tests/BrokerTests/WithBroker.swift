import Foundation
import Logging
import ProcessShell
import Protocol
import ServiceLifecycle
import Testing

@testable import Broker

/// Tests that speak with a broker over a real socket, with a real database.
protocol WithBroker: Sendable {}

extension WithBroker {
    /// Runs a broker beside the body, and stops it gracefully.
    func withBroker(
        _ folder: TemporaryFolder, allowing uids: String = "\(geteuid())",
        boxes: String = "main=web,discord", logger given: Logger? = nil,
        _ body: @escaping @Sendable (String, ServiceGroup) async throws -> Void
    ) async throws {
        let path = folder.file("b.sock")
        let configuration = try BrokerConfiguration(
            Settings(environment: [
                "CHATBOX_SOCKET": path, "CHATBOX_DATABASE": folder.file("chatbox.db"),
                "CHATBOX_ALLOWED_UIDS": uids, "CHATBOX_BOXES": boxes,
            ]))
        var logger = given ?? Logger(label: "test")
        if given == nil { logger.logLevel = .critical }
        let group = ServiceGroup(
            services: [BrokerServer(configuration, logger: logger)], logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                do {
                    try await self.waitForSocket(path)
                    try await body(path, group)
                    await group.triggerGracefulShutdown()
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
            }
            // A broker that can't start ends the wait for it.
            try await tasks.waitForAll()
        }
    }

    /// Waits until the socket takes a connection; the suite's time limit is the deadline.
    func waitForSocket(_ path: String) async throws {
        while (try? await TestGateway.connected(to: path, { _ in })) == nil {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func open(_ gateway: TestGateway, _ peer: String = "v1") async throws -> ConversationID {
        try await gateway.ask(Open(peer: try #require(PeerID(peer)), create: true)).conversation
    }

    func message(_ uid: ConversationID, _ key: String, _ body: String) throws -> Send {
        Send(
            conversation: uid, key: try #require(IdempotencyKey(key)),
            author: Author(id: "a", name: "Ann"), body: body)
    }
}
