public import Protocol
import Synchronization

/// An event of another service on its way to this one: a message as a rule.
///
/// Through ``ServiceWorker/onMessage(_:)-(_)`` it counts as handled when the callback returned, in
/// a queue when the next is asked for; ``acknowledge()``, ``postpone(after:reason:)`` and
/// ``reject(code:reason:)`` say so earlier or otherwise. The first word stands.
public struct Message<ID: PeerIdentifier>: Sendable {
    /// Whose conversation it is.
    public let client: Client<ID>
    /// All that the broker says about it.
    public let delivery: Delivery
    let ticket: MessageTicket

    init(_ delivery: Delivery, of client: Client<ID>) {
        self.client = client
        self.delivery = delivery
        self.ticket = MessageTicket(external: delivery.external)
    }

    /// The event.
    public var event: Event { self.delivery.event }
    /// What was said.
    public var text: String { self.event.body }
    /// How the text is to be read.
    public var format: Format { self.event.format }
    /// Who said it.
    public var author: Author { self.event.author }
    /// What is known about the client.
    public var properties: [String: String] { self.delivery.properties }

    // MARK: What becomes of it

    /// Every effect is durable on the far side: it never comes again.
    public func acknowledge() { self.ticket.acknowledge() }

    /// Not now: it comes again after that time, 0–600 s.
    public func postpone(after wait: Duration, reason: String) {
        self.ticket.postpone(after: wait, reason: reason)
    }

    /// The far side refuses it for good because of the message itself.
    public func reject(code: String, reason: String) {
        self.ticket.reject(code: code, reason: reason)
    }

    /// Keeps the far side's id of a part that was made, at most 128. If the message comes again,
    /// after a failure or a restart, the ids of the parts made so far come with it.
    public func record(_ external: ExternalID) { self.ticket.record(external) }

    /// Says that it may stand on the far side twice, since nobody can find out any more whether an
    /// earlier try took effect, and that people there were told so beside it. The broker counts it,
    /// once however often the message comes, for its administrator.
    public func notePossibleDuplicate() { self.ticket.notePossibleDuplicate() }

    /// The far side's ids of the parts made so far, in order.
    public var recorded: [ExternalID] { self.ticket.recorded }

    // MARK: Answering

    /// Says something in the same conversation, once however often this message comes: the key of
    /// the answer is made of the message's id and of how many answers went before.
    ///
    /// - Throws: ``GatewayError``; `idempotency_conflict` if a repetition says something else.
    @discardableResult
    public func answer(
        _ text: String, format: Format = .plain, as author: Author? = nil, quoting: Bool = false
    ) async throws(GatewayError) -> SentMessage {
        let number = self.ticket.nextAnswer()
        let key = IdempotencyKey("re:\(self.event.id):\(number)")
        return try await self.client.send(
            text, format: format, as: author, key: key, replyTo: quoting ? self.event.id : nil)
    }
}

/// What becomes of one delivered event, decided once.
final class MessageTicket: Sendable {
    private struct State {
        var external: [ExternalID]
        var answers = 0
        var isPossibleDuplicate = false
    }

    private enum Word {
        case handled
        case later(Duration, String)
        case dead(String, String)
    }

    private let reply = Reply<Word>()
    private let state: Mutex<State>

    init(external: [ExternalID]) { self.state = Mutex(State(external: external)) }

    func acknowledge() { self.reply.give(.handled) }

    func postpone(after wait: Duration, reason: String) { self.reply.give(.later(wait, reason)) }

    func reject(code: String, reason: String) { self.reply.give(.dead(code, reason)) }

    func record(_ external: ExternalID) {
        self.state.withLock { state in
            if state.external.count < Limits.externalIDs { state.external.append(external) }
        }
    }

    var recorded: [ExternalID] { self.state.withLock { $0.external } }

    func notePossibleDuplicate() { self.state.withLock { $0.isPossibleDuplicate = true } }

    /// Whether it may stand on the far side twice.
    var isPossibleDuplicate: Bool { self.state.withLock { $0.isPossibleDuplicate } }

    func nextAnswer() -> Int {
        self.state.withLock { state in
            defer { state.answers += 1 }
            return state.answers
        }
    }

    /// Whether it is decided.
    var isDecided: Bool { self.reply.given != nil }

    /// Waits for the decision; a worker that ends decides that the message comes again.
    func outcome() async -> DeliveryOutcome {
        let word = await self.reply.wait { .later(.zero, "The gateway ends.") }
        let external = self.recorded
        let outcome: DeliveryOutcome =
            switch word {
            case .handled: .handled(external: external)
            case .later(let wait, let reason):
                .later(after: wait, external: external, reason: reason)
            case .dead(let code, let reason):
                .deadLetter(code: code, reason: reason, external: external)
            }
        return outcome.marked(asPossibleDuplicate: self.isPossibleDuplicate)
    }
}
