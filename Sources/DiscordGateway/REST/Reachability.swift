import Synchronization

/// Says, once it is sure, why Discord can't be reached.
final class Reachability: Sendable {
    /// A service that starts anew refuses connections for a moment, which needs nobody.
    private static let patience = Duration.seconds(20)

    private let host: String
    private let advice: Advice
    private let since = Mutex<ContinuousClock.Instant?>(nil)

    /// What is said of the host in an address.
    init(url: String, advice: Advice) {
        let rest = url.drop { $0 != ":" }.drop { $0 == ":" || $0 == "/" }
        self.host = String(rest.prefix { $0 != "/" })
        self.advice = advice
    }

    /// No connection came to be.
    func failed(_ failure: ConnectFailure) {
        let now = ContinuousClock.now
        let began = self.since.withLock { since in
            since = since ?? now
            return since ?? now
        }
        // Neither of the others mends itself.
        guard failure != .unreachable || now - began >= Self.patience else { return }
        self.advice.give(.network, failure.sentence(host: self.host))
    }

    /// Discord answered something.
    func answered() {
        self.since.withLock { $0 = nil }
        self.advice.mended(.network)
    }
}
