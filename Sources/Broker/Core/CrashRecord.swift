/// Whether a service's consumers die of what they are delivered: docs/protocol.md, section 5.
///
/// Pure: it is fed losses and acknowledgements, and says what they come to.
struct CrashRecord: Equatable, Sendable {
    /// Consumers in a row that were lost without an acknowledgement.
    var losses: Int64 = 0
    /// Events that were alone under way when a consumer was lost, by conversation.
    var suspects: [Int64: Suspect] = [:]

    /// An event that may be deadly.
    struct Suspect: Equatable, Sendable {
        /// Its seq.
        var seq: Int64
        /// How many consumers were lost with it.
        var losses: Int64
    }

    /// Lost consumers after which one event goes out at a time: a deployment's restarts are fewer,
    /// and each further one costs the visitors minutes.
    static let patience: Int64 = 3
    /// Consumers lost with an event after which it is set aside.
    static let deadly: Int64 = 5
    /// How long after its delivery a loss counts against an event, in milliseconds: what kills does
    /// so at once.
    static let blameMilliseconds: Int64 = 60_000
    /// How long a connection must stand before a suspect is delivered to it, in milliseconds: enough
    /// for the others' events to get through.
    static let standMilliseconds: Int64 = 10_000

    /// Whether only one event may be under way.
    var isCareful: Bool { self.losses >= Self.patience }

    /// A consumer was lost.
    ///
    /// - Parameters:
    ///   - hasAcknowledged: whether it had acknowledged anything.
    ///   - alone: the event that was alone under way and was delivered not long before.
    /// - Returns: the conversation whose event has to be set aside now, if there is one.
    mutating func lost(
        hasAcknowledged: Bool, alone: (conversation: Int64, seq: Int64)?
    ) -> (conversation: Int64, seq: Int64)? {
        if !hasAcknowledged { self.losses += 1 }
        guard let alone else { return nil }
        var suspect = self.suspects[alone.conversation] ?? Suspect(seq: alone.seq, losses: 0)
        if suspect.seq != alone.seq { suspect = Suspect(seq: alone.seq, losses: 0) }
        suspect.losses += 1
        guard suspect.losses >= Self.deadly else {
            self.suspects[alone.conversation] = suspect
            return nil
        }
        self.suspects[alone.conversation] = nil
        return alone
    }

    /// A consumer acknowledged a conversation's events up to a seq.
    mutating func acknowledged(_ conversation: Int64, upTo seq: Int64) {
        self.losses = 0
        if let suspect = self.suspects[conversation], suspect.seq <= seq {
            self.suspects[conversation] = nil
        }
    }
}
