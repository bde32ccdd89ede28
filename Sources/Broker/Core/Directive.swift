import Protocol

/// What the delivery state asks its shell to do, in order.
enum Directive: Sendable {
    /// Take a connection in.
    case welcome(Session, Welcome)
    /// Answer a request.
    case answer(ConnectionID, number: Int64, any WireMessage)
    /// Say something to connections that didn't ask; encoded once for all of them.
    case push([ConnectionID], any WireMessage)
    /// Push an event to those readers that keep up, and say of the others that they don't.
    case publish([ConnectionID], ConversationRow, EventPush)
    /// Read the next event of a conversation and deliver it to a consumer.
    case deliver(Session, conversation: Int64)
    /// Put an input at the end of the inbox, when so many milliseconds have passed.
    case later(Input, milliseconds: Int64)
    /// End a connection.
    case goodbye(ConnectionID, Goodbye)
}

/// When the delivery state is asked.
struct Moment: Sendable {
    /// The time in milliseconds since 1970, for people. Orders nothing.
    var time: Int64
    /// Milliseconds of a clock that never jumps, for how long something took.
    var uptime: Int64
}
