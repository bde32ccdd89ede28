import Protocol

// What becomes of deliveries.
extension PretendBroker {
    mutating func handled(
        _ id: ConversationID, _ seq: Int64, _ external: [ExternalID], on connection: Int
    ) -> Reply {
        guard var conversation = self.conversations[id] else { return .failure(Self.notFound) }
        guard seq <= conversation.head.seq else {
            self.faults.append(
                "Seq \(seq) was acknowledged, and the newest is \(conversation.head.seq).")
            return .failure(Refused(.ackOutOfRange, "There is no such event."))
        }
        if !external.isEmpty { conversation.external[seq] = external }
        conversation.handled = max(conversation.handled, seq)
        self.conversations[id] = conversation
        if let flying = self.sessions[connection]?.inFlight[id], flying <= seq {
            self.sessions[connection]?.inFlight[id] = nil
        }
        return .success(Acknowledged(handled: conversation.handled))
    }

    mutating func released(
        _ negative: NegativeAcknowledge, on connection: Int, at now: Int64
    ) -> Reply {
        self.sessions[connection]?.inFlight[negative.conversation] = nil
        return self.change(negative.conversation) {
            if !negative.external.isEmpty { $0.external[negative.seq] = negative.external }
            // A gateway may ask for minutes, and a check doesn't last so long.
            $0.notBefore = now + min(negative.delayMilliseconds, Self.longestDelay)
            return Released()
        }
    }

    /// Milliseconds.
    private static let longestDelay: Int64 = 1_000
}
