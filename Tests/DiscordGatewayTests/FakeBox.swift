import Protocol
import StrictJSON
import Synchronization

@testable import DiscordGateway

/// A broker in memory that keeps what it is given.
final class FakeBox: BoxConnection {
    private struct State {
        var values: [Name: JSONValue] = [:]
        var bindings: [ConversationID: PeerID] = [:]
        var marks: [ConversationID: Mark] = [:]
        var sent: [Send] = []
        var edits: [Edit] = []
        var deletions: [Delete] = []
        var closes: [Close] = []
        var signals: [Signal] = []
        var pictures: [Name: Picture] = [:]
        var receipts: [ReceiptPush] = []
        /// Far-side ids of what was delivered, with their seqs.
        var delivered: [Snowflake: Int64] = [:]
        var seen: [ConversationID: Int64] = [:]
        var refusals: [Refused] = []
        var isFresh = true
        var credit = 0
        var forgotten: Set<ConversationID> = []
        var erased: Set<ConversationID> = []
        var visitors: [Event] = []
    }

    private let state = Mutex(State())

    var sent: [Send] { self.state.withLock { $0.sent } }
    var edits: [Edit] { self.state.withLock { $0.edits } }
    var deletions: [Delete] { self.state.withLock { $0.deletions } }
    var closes: [Close] { self.state.withLock { $0.closes } }
    var signals: [Signal] { self.state.withLock { $0.signals } }
    var pictures: [Name: Picture] { self.state.withLock { $0.pictures } }

    /// The present texts of what operators wrote, as a visitor would see them.
    var texts: [String] {
        self.state.withLock { state in
            state.sent.filter { !Self.isDeleted($0.key, state) }.map {
                Self.present($0, state).body
            }
        }
    }

    /// A receipt that was reported while nobody listened.
    func report(_ receipt: ReceiptPush) { self.state.withLock { $0.receipts.append(receipt) } }

    /// A visitor's event stands in the history.
    func hold(_ event: Event) { self.state.withLock { $0.visitors.append(event) } }

    /// An event was delivered as these messages.
    func deliver(_ seq: Int64, as messages: [Snowflake]) {
        self.state.withLock { state in for id in messages { state.delivered[id] = seq } }
    }

    /// A message of a visitor's in Discord.
    var visitorsMessage: Snowflake? { self.state.withLock { $0.delivered.keys.first } }

    /// Operators' events have seqs from here on.
    static let firstSeq: Int64 = 1_000
    var credit: Int { self.state.withLock { $0.credit } }

    func mark(of conversation: ConversationID) -> Mark? {
        self.state.withLock { $0.marks[conversation] }
    }

    func seen(of conversation: ConversationID) -> Int64? {
        self.state.withLock { $0.seen[conversation] }
    }

    func peer(of conversation: ConversationID) -> PeerID? {
        self.state.withLock { $0.bindings[conversation] }
    }

    func value(named name: String) -> JSONValue? {
        Name(name).flatMap { key in self.state.withLock { $0.values[key] } }
    }

    func refuseNext(_ refused: Refused) { self.state.withLock { $0.refusals.append(refused) } }

    /// This conversation was erased, and this service has acknowledged that.
    func erase(_ conversation: ConversationID) {
        self.state.withLock { state in
            state.erased.insert(conversation)
            state.bindings[conversation] = nil
        }
    }

    /// The database was put back to a copy from before this conversation.
    func forget(_ conversation: ConversationID) {
        self.state.withLock { state in
            state.forgotten.insert(conversation)
            state.bindings[conversation] = nil
        }
    }

    /// The database was put back to a copy from before this conversation had a post.
    func unbind(_ conversation: ConversationID) {
        self.state.withLock { state in
            state.bindings[conversation] = nil
            state.marks[conversation] = nil
        }
    }

    func fallSilent() { self.state.withLock { $0.isFresh = false } }

    func bind(
        _ conversation: ConversationID, to peer: PeerID, replacing: PeerID?
    ) async throws {
        try self.state.withLock { state in
            guard !state.erased.contains(conversation) else {
                throw Refused(.conversationGone, "The conversation was erased.")
            }
            guard !state.forgotten.contains(conversation) else {
                throw Refused(.notFound, "There is no such conversation.")
            }
            if let known = state.bindings[conversation], known != peer, known != replacing {
                throw Refused(.bindingConflict, "It is bound to another post.")
            }
            state.bindings[conversation] = peer
        }
    }

    func send(_ message: Send) async throws -> Sent {
        try self.state.withLock { state in
            if !state.refusals.isEmpty { throw state.refusals.removeFirst() }
            if Self.isDeleted(message.key, state) { throw Refused(.deleted, "It was deleted.") }
            if let mark = message.mark { Self.move(&state, message.conversation, mark) }
            if let index = state.sent.firstIndex(where: { $0.key == message.key }) {
                let known = state.sent[index]
                if known.revision == message.revision,
                    known.body != message.body || known.replyTo != message.replyTo
                {
                    throw Refused(.idempotencyConflict, "The key belongs to other content.")
                }
                return Self.answer(
                    index, state, revision: Self.present(known, state).revision, true)
            }
            state.sent.append(message)
            return Self.answer(state.sent.count - 1, state, revision: message.revision, false)
        }
    }

    func edit(_ edit: Edit) async throws -> Sent {
        try self.state.withLock { state in
            if !state.refusals.isEmpty { throw state.refusals.removeFirst() }
            if Self.isDeleted(edit.target, state) { throw Refused(.deleted, "It was deleted.") }
            guard let index = state.sent.firstIndex(where: { $0.key == edit.target }) else {
                throw Refused(.targetNotFound, "There is no such message.")
            }
            let present = Self.present(state.sent[index], state).revision
            guard edit.revision > present else {
                return Self.answer(index, state, revision: present, true)
            }
            state.edits.append(edit)
            return Self.answer(index, state, revision: edit.revision, false)
        }
    }

    func delete(_ deletion: Delete) async throws {
        self.state.withLock { state in
            guard !Self.isDeleted(deletion.target, state) else { return }
            state.deletions.append(deletion)
        }
    }

    func close(_ close: Close) async throws -> StateSet {
        self.state.withLock { state in
            let isKnown = state.closes.contains { $0.key == close.key }
            if !isKnown { state.closes.append(close) }
            return StateSet(state: .closed, head: .none, duplicate: isKnown)
        }
    }

    func known(
        _ ids: [Snowflake], in conversation: ConversationID
    ) async throws -> [KnownIDs.Entry] {
        self.state.withLock { state in
            ids.compactMap { id in
                guard let external = id.external, let key = id.key else { return nil }
                if let seq = state.delivered[id] {
                    return .init(
                        id: external, seq: seq, isOwn: false, revision: 0, isDeleted: false)
                }
                let isDeleted = Self.isDeleted(key, state)
                let index = state.sent.firstIndex { $0.key == key }
                guard index != nil || isDeleted else { return nil }
                return .init(
                    id: external, seq: index.map { Self.firstSeq + Int64($0) }, isOwn: true,
                    revision: index.map { Self.present(state.sent[$0], state).revision } ?? 0,
                    isDeleted: isDeleted)
            }
        }
    }

    func newestEvents(of conversation: ConversationID) async throws -> [Event] {
        self.state.withLock { state in
            state.sent.indices.map { Self.event($0, state) }.suffix(100)
        }
    }

    func events(after seq: Int64, in conversation: ConversationID) async throws -> [Event] {
        self.state.withLock { state in state.visitors.filter { $0.seq > seq } }
    }

    func event(_ seq: Int64, in conversation: ConversationID) async throws -> Event? {
        self.state.withLock { state in
            let index = Int(seq - Self.firstSeq)
            if state.sent.indices.contains(index) { return Self.event(index, state) }
            guard let service = Name("web"), state.delivered.values.contains(seq) else {
                return nil
            }
            return Event(
                seq: seq, id: EventID(Bits128(high: 1, low: UInt64(seq))), at: 0,
                service: service, author: Author(id: "v", name: "Ann"), body: "x")
        }
    }

    func receipts(after version: Int64) async throws -> ReceiptPage {
        self.state.withLock { state in
            ReceiptPage(entries: state.receipts.filter { $0.version ?? 0 > version }, more: false)
        }
    }

    func keep(_ picture: Picture, as reference: Name) async throws {
        self.state.withLock { $0.pictures[reference] = picture }
    }

    func signal(_ signal: Signal) { self.state.withLock { $0.signals.append(signal) } }

    func mark(_ conversation: ConversationID, at mark: Mark) async throws {
        self.state.withLock { Self.move(&$0, conversation, mark) }
    }

    func allBindings() async throws -> [Bindings.Binding] {
        self.state.withLock { state in
            state.bindings.map { conversation, peer in
                .init(
                    conversation: conversation, peer: peer, mark: state.marks[conversation],
                    handled: 0)
            }
        }
    }

    func value(of key: Name) async throws -> JSONValue {
        self.state.withLock { $0.values[key] ?? .null }
    }

    func keep(_ value: JSONValue, as key: Name) async throws {
        self.state.withLock { state in
            if value == .null {
                state.values.removeValue(forKey: key)
            } else {
                state.values[key] = value
            }
        }
    }

    func report(_ conversation: ConversationID, seenUpTo seq: Int64) async throws {
        self.state.withLock { $0.seen[conversation] = seq }
    }

    func setCredit(_ conversations: Int) { self.state.withLock { $0.credit = conversations } }

    var isFresh: Bool { self.state.withLock { $0.isFresh } }

    private static func isDeleted(_ key: IdempotencyKey, _ state: State) -> Bool {
        state.deletions.contains { $0.target == key }
    }

    private static func present(
        _ send: Send, _ state: State
    ) -> (body: String, revision: Int64) {
        let edits = state.edits.filter { $0.target == send.key && $0.revision > send.revision }
        return edits.max { $0.revision < $1.revision }.map { ($0.body, $0.revision) }
            ?? (send.body, send.revision)
    }

    private static func answer(
        _ index: Int, _ state: State, revision: Int64, _ duplicate: Bool
    ) -> Sent {
        let event = self.event(index, state)
        return Sent(
            seq: event.seq, id: event.id, at: 0, revision: revision, duplicate: duplicate)
    }

    private static func event(_ index: Int, _ state: State) -> Event {
        guard let service = Name("discord") else { preconditionFailure("A name.") }
        let send = state.sent[index]
        let (body, revision) = self.present(send, state)
        let isDeleted = self.isDeleted(send.key, state)
        return Event(
            seq: self.firstSeq + Int64(index),
            id: EventID(Bits128(high: 2, low: UInt64(index))), at: 0, service: service,
            revision: revision, author: send.author, body: isDeleted ? "" : body,
            format: send.format, isDeleted: isDeleted, key: send.key)
    }

    private static func move(_ state: inout State, _ conversation: ConversationID, _ mark: Mark) {
        state.marks[conversation] = max(state.marks[conversation] ?? mark, mark)
    }
}
