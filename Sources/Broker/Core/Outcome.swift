import Protocol

/// What became of an input, once its transaction is on disk.
enum Outcome: Sendable {
    /// A connection is welcome; these conversations have something to deliver to it.
    case welcomed(Session, Welcome, backlog: [Int64])
    /// A connection isn't welcome.
    case turnedAway(ConnectionID, Goodbye)
    /// A request is answered.
    case answered(Session, number: Int64, any WireMessage, Effect?)
    /// A subscribe is answered, with what only memory knows.
    case subscribed(Session, number: Int64, ConversationRow, Subscribed, others: [ServiceRow])
    /// Something happened that has no answer.
    case happened(Event)

    /// What a request changed for others.
    enum Effect: Sendable {
        /// A new event of the session's service stands in a conversation.
        case stored(ConversationRow, Protocol.Event)
        /// The session's service has got further, and perhaps has more to get.
        case advanced(ConversationRow, Receipt, hasMore: Bool)
        /// The session's service wants an event again after so many milliseconds.
        case released(ConversationRow, delayMilliseconds: Int64)
        /// The session's service has other receipts.
        case reported(ConversationRow, Receipt)
        /// A reader wants no more pushes of a conversation.
        case unsubscribed(ConversationRow)
    }

    /// What happens without a request.
    enum Event: Sendable {
        case credited(Session, Int64)
        case disconnected(ConnectionID)
        case due(service: ServiceRow, conversation: Int64)
    }
}
