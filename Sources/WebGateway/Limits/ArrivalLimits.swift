/// How many new conversations there may be: each asks for somebody's attention.
struct ArrivalLimits: Sendable {
    private let factor: Int
    private var lines: RateTable<IPAddressRange>
    private var networks: RateTable<IPAddressRange>
    private var together: TokenBucket

    /// Limits that hold so many times; 0 takes them away.
    init(factor: Int) {
        let times = max(factor, 1)
        self.factor = factor
        self.lines = RateTable(
            WebLimits.newPerAddress.multiplied(by: times), countMax: WebLimits.addresses)
        self.networks = RateTable(
            WebLimits.newPerNetwork.multiplied(by: times), countMax: WebLimits.addresses)
        self.together = WebLimits.newTogether.multiplied(by: times)
    }

    /// A client wants a new conversation. Takes one, or answers how long to wait.
    mutating func take(_ client: Client, at now: ContinuousClock.Instant) -> Duration? {
        guard self.factor > 0, !client.isLocal else { return nil }
        // What one of them refuses must cost nothing of the others.
        if let wait = self.together.wait(at: now) { return wait }
        if let address = client.address {
            if let wait = self.networks.wait(address.network, at: now) { return wait }
            if let wait = self.lines.take(address.line, at: now) { return wait }
            _ = self.networks.take(address.network, at: now)
        }
        return self.together.take(at: now)
    }
}
