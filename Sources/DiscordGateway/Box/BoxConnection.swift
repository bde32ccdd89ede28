import Protocol
import StrictJSON

/// What this gateway needs of the broker. Each call is repeated over lost connections until it is
/// answered.
///
/// - Throws: `Refused` for what the broker won't do, `CancellationError` at the process's end.
protocol BoxConnection: Sendable {
    /// Gives a conversation its post.
    func bind(
        _ conversation: ConversationID, to peer: PeerID, replacing: PeerID?
    ) async throws
    /// Hands an operator's message in.
    func send(_ message: Send) async throws -> Sent
    /// Gives an operator's message another text.
    func edit(_ edit: Edit) async throws -> Sent
    /// Takes an operator's message back.
    func delete(_ deletion: Delete) async throws
    /// Ends a conversation until somebody writes.
    func close(_ close: Close) async throws -> StateSet
    /// Moves a conversation's mark.
    func mark(_ conversation: ConversationID, at mark: Mark) async throws
    /// Which of at most 100 of Discord's ids the broker has.
    func known(
        _ ids: [Snowflake], in conversation: ConversationID
    ) async throws -> [KnownIDs.Entry]
    /// A conversation's newest events, at most 100, ascending, in their present state.
    func newestEvents(of conversation: ConversationID) async throws -> [Event]
    /// The events of a conversation after a seq, at most 100, ascending, in their present state.
    func events(after seq: Int64, in conversation: ConversationID) async throws -> [Event]
    /// One event.
    func event(_ seq: Int64, in conversation: ConversationID) async throws -> Event?
    /// What the other services reported since a version.
    func receipts(after version: Int64) async throws -> ReceiptPage
    /// All bindings of this service.
    func allBindings() async throws -> [Bindings.Binding]
    /// A value of this service's own store; `null` if there is none.
    func value(of key: Name) async throws -> JSONValue
    /// Keeps a value in this service's own store.
    func keep(_ value: JSONValue, as key: Name) async throws
    /// Keeps a picture for everybody in the box.
    func keep(_ picture: Picture, as reference: Name) async throws
    /// Says up to which event somebody has seen a conversation.
    func report(_ conversation: ConversationID, seenUpTo seq: Int64) async throws
    /// Says something that needn't be kept.
    func signal(_ signal: Signal)
    /// How many conversations' deliveries may be under way.
    func setCredit(_ conversations: Int)
    /// Whether the broker answered a moment ago. Without that another process may act for us, and no
    /// request to Discord that has an effect may start.
    var isFresh: Bool { get }
}
