public import Protocol

/// What happens on the connection, in the order in which it happens.
public enum BrokerEvent: Equatable, Sendable {
    /// The broker welcomed us; every subscription of an earlier connection is gone.
    case connected(Welcome)
    /// The broker said something without being asked. Deliveries aren't among these: they go to
    /// the delivery handler.
    case push(BrokerPush)
    /// The connection is lost, or was ended.
    case disconnected
}

/// How the client stands with its broker.
public struct BrokerStatus: Equatable, Sendable {
    /// The welcome of the present connection; `nil` while there is none.
    public var welcome: Welcome?
    /// Whether a newer consumer took over and no later connection was welcomed.
    public var isFenced = false
    /// Why the broker of the present connection can store nothing; `nil` if it can, or says nothing
    /// of it.
    public var storageTrouble: Status.Storage?
    /// When the newest ping was sent that the broker has answered.
    var answeredAt: ContinuousClock.Instant?
    var silence: Duration

    /// How long ago the broker was last known to be there and to hold us for its gateway; `nil` if
    /// never.
    public func answerAge(at now: ContinuousClock.Instant = .now) -> Duration? {
        self.answeredAt.map { now - $0 }
    }

    /// Whether an effect on the far side may begin now: no newer consumer took over as far as we
    /// know, and the broker answered a ping of the last 15 s.
    public func isFresh(at now: ContinuousClock.Instant = .now) -> Bool {
        guard !self.isFenced, let age = self.answerAge(at: now) else { return false }
        return age < self.silence
    }
}
