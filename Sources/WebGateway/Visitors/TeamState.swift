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

/// Whether the team can be reached.
struct TeamPresence: Equatable, Sendable {
    /// Whether any other service of the box is there.
    var isUp: Bool
    /// When that began, in milliseconds since 1970; `nil` if the broker hasn't seen it.
    var since: Int64?
}

/// What one conversation knows of the other services of its box.
struct TeamState: Equatable, Sendable {
    private let own: Name
    private var receipts: [Name: Receipt] = [:]
    private var services: [Name: ServiceState] = [:]

    /// The state that the broker tells with a subscription.
    init(own: Name, receipts: [Receipt], services: [ServiceState]) {
        self.own = own
        for receipt in receipts where receipt.service != own {
            self.receipts[receipt.service] = receipt
        }
        for service in services where service.service != own {
            self.services[service.service] = service
        }
    }

    /// The best of the other services' receipts.
    var receipt: TeamReceipt {
        var team = TeamReceipt()
        for receipt in self.receipts.values {
            team.deliveredUpTo = max(team.deliveredUpTo, receipt.deliveredUpTo)
            team.seenUpTo = max(team.seenUpTo, receipt.seenUpTo)
            team.failed += receipt.failed
        }
        team.failed.sort { $0.seq < $1.seq }
        return team
    }

    /// Whether any of them can be reached: since the first of those that are there came, or the
    /// last of them left.
    var presence: TeamPresence {
        let up = self.services.values.filter(\.isUp)
        guard up.isEmpty else {
            return TeamPresence(isUp: true, since: up.compactMap(\.since).min())
        }
        return TeamPresence(isUp: false, since: self.services.values.compactMap(\.since).max())
    }

    /// The service that is asked to try an event again: the one that set it aside, or else, when a
    /// page repeats a question whose answer was lost, the one that would have.
    func service(requeueing seq: Int64) -> Name? {
        let holding = self.receipts.values.filter { $0.failed.contains { $0.seq == seq } }
        return holding.map(\.service).min()
            ?? self.receipts.keys.min() ?? self.services.keys.min()
    }

    /// A service has got further. Says whether the team has.
    mutating func changed(_ receipt: Receipt) -> Bool {
        guard receipt.service != self.own else { return false }
        let before = self.receipt
        self.receipts[receipt.service] = receipt
        return self.receipt != before
    }

    /// A service came or went. Says whether the team did.
    mutating func changed(_ service: ServiceState) -> Bool {
        guard service.service != self.own else { return false }
        let before = self.presence
        self.services[service.service] = service
        return self.presence != before
    }
}
