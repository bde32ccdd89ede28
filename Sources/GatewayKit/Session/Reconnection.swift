import Protocol

/// Whether to connect again after a connection ended, and when.
struct Reconnection: Equatable, Sendable {
    /// What to do after a connection.
    enum Decision: Equatable, Sendable {
        case wait(Duration)
        case stop(GatewayError)
    }

    private var backoff: Backoff
    private var fencedBackoff: Backoff

    /// Reconnection with these waits.
    init(backoff: Backoff, fencedBackoff: Backoff) {
        self.backoff = backoff
        self.fencedBackoff = fencedBackoff
    }

    /// A connection ended that had stood for so long since its welcome; `nil` if there was none.
    mutating func ended(
        _ ending: GatewaySession.Ending, stood: Duration?,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        if let stood {
            self.backoff.reset()
            // Two processes that fence each other in turn must drift apart, so a welcome alone
            // doesn't count as peace.
            if stood >= self.fencedBackoff.upcoming { self.fencedBackoff.reset() }
        }
        switch ending {
        case .goodbye(let goodbye) where goodbye.code == .fenced:
            // The successor must be left alone for the whole time; only one process waits so.
            return .wait(self.fencedBackoff.wholeWait())
        case .goodbye(let goodbye) where !goodbye.reconnect:
            return .stop(.goodbye(goodbye))
        case .lost, .silent, .broken, .goodbye:
            return .wait(self.backoff.wait(using: &generator))
        }
    }
}
