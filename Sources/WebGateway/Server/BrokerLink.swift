import GatewayKit
import ProcessShell
import Protocol
import ServiceLifecycle

/// The client of the broker as one of this process's services: says in a sentence why it can't go
/// on.
struct BrokerLink: Service {
    let client: BrokerClient
    let configuration: WebConfiguration

    func run() async throws {
        do {
            try await self.client.run()
        } catch let error as GatewayError {
            throw self.failure(error)
        }
    }

    private func failure(_ error: GatewayError) -> ProcessFailure {
        switch error {
        case .goodbye(let goodbye): self.failure(goodbye)
        case .socketPathInvalid:
            ProcessFailure(
                .configuration, "CHATBOX_SOCKET is wrong: \(error)")
        default: ProcessFailure(.unavailable, "\(error)")
        }
    }

    private func failure(_ goodbye: Goodbye) -> ProcessFailure {
        switch goodbye.code {
        case .unknownService:
            ProcessFailure(
                .configuration,
                "The broker knows no service \"\(self.configuration.service)\" in box "
                    + "\"\(self.configuration.box)\": set CHATBOX_BOX here, or CHATBOX_BOXES "
                    + "there. It says: \(goodbye.message)")
        case .peerDenied:
            ProcessFailure(
                .notPermitted, "The broker doesn't let this user in: \(goodbye.message)")
        default:
            ProcessFailure(
                .unavailable, "The broker refuses (\(goodbye.code)): \(goodbye.message)")
        }
    }
}
