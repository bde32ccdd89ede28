import Protocol

/// Everything that reaches the core, in the order in which it is handled.
enum Input: Sendable {
    /// A connection said hello.
    case hello(ConnectionID, Hello)
    /// A gateway asked for something.
    case request(Session, number: Int64, GatewayRequest)
    /// An admin asked for the status, and this is what the database knows of it.
    case status(Session, number: Int64, StoredStatus)
    /// A consumer allows deliveries.
    case credit(Session, Credit)
    /// A gateway said something that needn't be kept.
    case signal(Session, Signal)
    /// A connection is gone; it was lost if neither side had said goodbye.
    case disconnected(ConnectionID, wasLost: Bool)
    /// A consumer was lost, which has to be remembered.
    case lost(LostConsumer)
    /// The time that a negative acknowledge asked for has passed.
    case due(Session, conversation: Int64)
    /// A consumer's connection has room for deliveries again.
    case room(Session)
    /// A connection has stood so long that suspects may be delivered to it.
    case stood(Session)
}
