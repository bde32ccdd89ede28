import GatewayKit
import ProcessShell
import Protocol
import ServiceLifecycle

/// Keeps the connection to the broker, and says in a sentence why it can't.
struct BrokerLink: Service {
    /// The connection.
    let client: BrokerClient

    func run() async throws {
        do {
            try await self.client.run()
        } catch let error as GatewayError {
            throw Self.failure(of: error)
        }
    }

    /// How the process ends when the broker can't be used.
    static func failure(of error: GatewayError) -> ProcessFailure {
        switch error {
        case .socketPathInvalid: ProcessFailure(.configuration, "CHATBOX_SOCKET: \(error)")
        case .goodbye(let goodbye) where goodbye.code == .unknownService:
            ProcessFailure(
                .configuration,
                "\(error) Name the box in CHATBOX_BOX as the broker's CHATBOX_BOXES does, with the "
                    + "service \"discord\".")
        case .goodbye(let goodbye) where goodbye.code == .peerDenied:
            ProcessFailure(.notPermitted, "\(error)")
        case .epochChanged:
            ProcessFailure(.temporary, "\(error) Starting again with the new one.")
        default: ProcessFailure(.unavailable, "\(error)")
        }
    }
}
