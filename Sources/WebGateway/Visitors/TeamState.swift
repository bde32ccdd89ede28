import Protocol

/// How far the team's side has got with a conversation, whichever services that is.
struct TeamReceipt: Equatable, Sendable {
    /// The seq up to which everything has arrived there.
    var deliveredUpTo: Int64 = 0
    /// The seq up to which somebody has seen it.
    var seenUpTo: Int64 = 0
    /// What will never arrive there.
    var failed: [Receipt.Failure] = []
}

/// What one conversation knows of the other services of its box.
struct TeamState: Equatable, Sendable {
    private let own: Name
    private var receipts: [Name: Receipt] = [:]
    private var services: [Name: Bool] = [:]

    /// The state that the broker tells with a subscription.
    init(own: Name, receipts: [Receipt], services: [ServiceState]) {
        self.own = own
        for receipt in receipts { self.receipts[receipt.service] = receipt }
        for service in services { self.services[service.service] = service.isUp }
    }

    /// The best of the other services' receipts.
    var receipt: TeamReceipt {
        var team = TeamReceipt()
        for (service, receipt) in self.receipts where service != self.own {
            team.deliveredUpTo = max(team.deliveredUpTo, receipt.deliveredUpTo)
            team.seenUpTo = max(team.seenUpTo, receipt.seenUpTo)
            team.failed += receipt.failed
        }
        team.failed.sort { $0.seq < $1.seq }
        return team
    }

    /// Whether any other service can be reached.
    var isUp: Bool { self.services.contains { $0.key != self.own && $0.value } }

    /// A service has got further. Says whether the team has.
    mutating func changed(_ receipt: Receipt) -> Bool {
        let before = self.receipt
        self.receipts[receipt.service] = receipt
        return self.receipt != before
    }

    /// A service came or went. Says whether the team did.
    mutating func changed(_ service: ServiceState) -> Bool {
        let before = self.isUp
        self.services[service.service] = service.isUp
        return self.isUp != before
    }
}
