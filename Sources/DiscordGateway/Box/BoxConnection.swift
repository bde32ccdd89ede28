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
    func send(_ message: Send) async throws
    /// Moves a conversation's mark.
    func mark(_ conversation: ConversationID, at mark: Mark) async throws
    /// All bindings of this service.
    func allBindings() async throws -> [Bindings.Binding]
    /// A value of this service's own store; `null` if there is none.
    func value(of key: Name) async throws -> JSONValue
    /// Keeps a value in this service's own store.
    func keep(_ value: JSONValue, as key: Name) async throws
    /// Says up to which event somebody has seen a conversation.
    func report(_ conversation: ConversationID, seenUpTo seq: Int64) async throws
    /// How many conversations' deliveries may be under way.
    func setCredit(_ conversations: Int)
    /// Whether the broker answered a moment ago. Without that another process may act for us, and no
    /// request to Discord that has an effect may start.
    var isFresh: Bool { get }
}
