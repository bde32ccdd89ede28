import Protocol

/// What became of an input, once its transaction is on disk.
enum Outcome: Sendable {
    /// A connection is welcome.
    case welcomed(Arrival)
    /// A connection isn't welcome.
    case turnedAway(ConnectionID, Goodbye)
    /// A request is answered.
    case answered(Session, number: Int64, any WireMessage, [Effect])
    /// A subscribe is answered, with what only memory knows.
    case subscribed(Session, number: Int64, ConversationRow, Subscribed, others: [ServiceRow])
    /// The status is answered, with what only memory knows.
    case status(Session, number: Int64, StoredStatus, Epoch)
    /// Something happened that has no answer.
    case happened(Event)
    /// A gateway knows what the database doesn't, which has another epoch for that.
    case regressed(Regression)

    /// A gateway that is welcome.
    struct Arrival: Sendable {
        var session: Session
        var welcome: Welcome
        /// The process.
        var instance: Name
        /// Its name and version.
        var agent: String
        /// A consumer's conversations with something to deliver.
        var backlog: [Int64] = []
        /// What is known about the losses of a consumer's service.
        var crashes = CrashRecord()
    }

    /// What a request changed for others.
    enum Effect: Sendable {
        /// A new event of a service stands in a conversation, for all others or for one.
        case stored(
            ConversationRow, Protocol.Event, by: ServiceRow, onlyFor: ServiceRow? = nil)
        /// A service has got further, and perhaps has more to get.
        case advanced(Advance)
        /// The session's service wants an event again after so many milliseconds.
        case released(ConversationRow, delayMilliseconds: Int64)
        /// A service has another receipt.
        case reported(ConversationRow, ReceiptChange)
        /// A conversation has another state without an event.
        case changed(ConversationRow, ConversationState)
        /// A conversation was erased, or its erasure was asked for again.
        case erased(ErasureBegun)
        /// A reader wants no more pushes of a conversation.
        case unsubscribed(ConversationRow)
    }

    /// What happens without a request.
    enum Event: Sendable {
        case credited(Session, Int64)
        case signalled(Session, ConversationRow, Signal, peers: [Int64: PeerID])
        case disconnected(ConnectionID, wasLost: Bool)
        case recorded(ServiceRow, CrashRecord, Advance?)
        case due(Session, conversation: Int64)
        case stood(Session)
        case room(Session)
        /// It came to nothing.
        case nothing
    }
}
