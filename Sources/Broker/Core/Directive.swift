import Protocol

/// What the delivery state asks its shell to do, in order.
enum Directive: Sendable {
    /// Take a connection in.
    case welcome(Session, Welcome)
    /// Answer a request.
    case answer(ConnectionID, number: Int64, any WireMessage)
    /// Say something to connections that didn't ask; encoded once for all of them.
    case push([ConnectionID], any WireMessage)
    /// Read the next event of a conversation and deliver it to a consumer.
    case deliver(Session, conversation: Int64)
    /// Tell when so many milliseconds have passed.
    case wake(service: ServiceRow, conversation: Int64, afterMilliseconds: Int64)
    /// End a connection.
    case goodbye(ConnectionID, Goodbye)
}
