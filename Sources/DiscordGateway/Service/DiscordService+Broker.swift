import GatewayKit
import Protocol

extension DiscordService {
    /// Takes what the broker says from now on.
    func listen(to broker: BrokerClient) {
        broker.onEvent { [self] event in
            switch event {
            case .connected(let welcome):
                self.epochs.welcomed(welcome.epoch, generation: welcome.generation)
                self.brokerCame()
            case .disconnected:
                self.brokerWasLost()
                if broker.status.isFenced { self.epochs.fenced() }
            case .push(let push): self.heard(push)
            }
        }
        broker.onDelivery { [self] delivery in
            let (verdict, isPossibleDuplicate) = await self.deliver(delivery)
            return verdict.outcome(isPossibleDuplicate: isPossibleDuplicate)
        }
    }
}

extension DeliveryVerdict {
    /// The same in the words of GatewayKit.
    func outcome(isPossibleDuplicate: Bool) -> DeliveryOutcome {
        switch self {
        case .handled(let external):
            .handled(external: external, isPossibleDuplicate: isPossibleDuplicate)
        case .later(let wait, let external, let reason):
            .later(
                after: min(wait, .seconds(600)), external: external, reason: reason,
                isPossibleDuplicate: isPossibleDuplicate)
        case .deadLetter(let code, let reason, let external):
            .deadLetter(
                code: code, reason: reason, external: external,
                isPossibleDuplicate: isPossibleDuplicate)
        }
    }
}
