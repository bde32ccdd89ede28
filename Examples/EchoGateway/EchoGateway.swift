import GatewayKit
import Logging
import Protocol

/// A gateway that answers whatever is said in the box "main" with the same words.
@main struct Echo {
    static func main() async throws {
        guard let box = Name("main"), let service = Name("echo") else { return }
        let identity = GatewayIdentity(box: box, service: service, mode: .consumer, agent: "echo/1")
        let client = BrokerClient(
            .init(socketPath: "var/run/broker.sock", identity: identity),
            logger: Logger(label: "echo"))
        client.onDelivery { delivery in
            let event = delivery.event
            // The same event always gets the same key: however often it comes, one answer stands.
            guard let key = IdempotencyKey("echo:\(event.id)") else { return .handled() }
            let answer = Send(
                conversation: delivery.conversation, key: key,
                author: Author(id: "echo", name: "Echo"), body: event.body, format: event.format)
            do {
                _ = try await client.persist(answer)
                return .handled()
            } catch {
                return .later(after: .seconds(1), reason: "\(error)")
            }
        }
        client.setCredit(16)
        try await client.run()
    }
}
