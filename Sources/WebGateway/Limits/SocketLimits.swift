/// How many WebSockets there may be, and how fast one address may open more.
struct SocketLimits: Sendable {
    /// What becomes of a new WebSocket.
    enum Admission: Equatable, Sendable {
        case admitted
        /// This process holds as many as it can.
        case full
        /// This address holds, or opens, too many; come again after so long.
        case refused(Duration)
    }

    private let factor: Int
    private var count = 0
    private var counts: [IPAddressRange: Int] = [:]
    private var rates: RateTable<IPAddressRange>

    /// Limits of addresses that hold so many times; 0 takes them away.
    init(factor: Int) {
        self.factor = factor
        self.rates = RateTable(
            WebLimits.newSocketsPerAddress.multiplied(by: max(factor, 1)),
            countMax: WebLimits.addresses)
    }

    /// Somebody wants a WebSocket. One that is admitted is given back by `closed`.
    mutating func opened(
        by client: Client, at now: ContinuousClock.Instant
    ) -> Admission {
        guard self.count < WebLimits.sockets else { return .full }
        if let line = self.line(of: client) {
            let held = self.counts[line] ?? 0
            guard held < WebLimits.socketsPerAddress * self.factor else {
                return .refused(.seconds(60))
            }
            if let wait = self.rates.take(line, at: now) { return .refused(wait) }
            self.counts[line] = held + 1
        }
        self.count += 1
        return .admitted
    }

    /// A WebSocket that was admitted is gone.
    mutating func closed(by client: Client) {
        self.count -= 1
        guard let line = self.line(of: client), let held = self.counts[line] else { return }
        self.counts[line] = held > 1 ? held - 1 : nil
    }

    private func line(of client: Client) -> IPAddressRange? {
        self.factor > 0 && !client.isLocal ? client.address?.line : nil
    }
}
