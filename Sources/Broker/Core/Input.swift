import Protocol

/// Everything that reaches the core, in the order in which it is handled.
enum Input: Sendable {
    /// A connection said hello.
    case hello(ConnectionID, Hello)
    /// A gateway asked for something.
    case request(Session, number: Int64, GatewayRequest)
    /// A consumer allows deliveries.
    case credit(Session, Credit)
    /// A connection is gone.
    case disconnected(ConnectionID)
    /// The time that a negative acknowledge asked for has passed.
    case due(service: ServiceRow, conversation: Int64)
}
