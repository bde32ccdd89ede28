import GatewayKit
import Protocol
import StrictJSON

/// The broker, through GatewayKit.
struct BrokerConnection: BoxConnection {
    /// The connection.
    let client: BrokerClient

    func bind(
        _ conversation: ConversationID, to peer: PeerID, replacing: PeerID?
    ) async throws {
        try await self.persist(Bind(conversation: conversation, peer: peer, replaces: replacing))
    }

    func send(_ message: Send) async throws -> Sent {
        try await self.persist(message)
    }

    func edit(_ edit: Edit) async throws -> Sent {
        try await self.persist(edit)
    }

    func delete(_ deletion: Delete) async throws {
        try await self.persist(deletion)
    }

    func close(_ close: Close) async throws -> StateSet {
        try await self.persist(close)
    }

    func mark(_ conversation: ConversationID, at mark: Mark) async throws {
        try await self.persist(SetMark(conversation: conversation, mark: mark))
    }

    func known(
        _ ids: [Snowflake], in conversation: ConversationID
    ) async throws -> [KnownIDs.Entry] {
        guard !ids.isEmpty else { return [] }
        let question = Known(conversation: conversation, ids: ids.compactMap(\.external))
        return try await self.persist(question).entries
    }

    func newestEvents(of conversation: ConversationID) async throws -> [Event] {
        try await self.persist(History(conversation: conversation, .before(Limits.integer))).events
    }

    func events(after seq: Int64, in conversation: ConversationID) async throws -> [Event] {
        try await self.persist(History(conversation: conversation, .after(seq))).events
    }

    func event(_ seq: Int64, in conversation: ConversationID) async throws -> Event? {
        try await self.persist(History(conversation: conversation, .after(seq - 1), limit: 1))
            .events.first { $0.seq == seq }
    }

    func receipts(after version: Int64) async throws -> ReceiptPage {
        try await self.persist(ListReceipts(after: version))
    }

    func allBindings() async throws -> [Bindings.Binding] {
        var bindings: [Bindings.Binding] = []
        while true {
            let page = try await self.persist(ListBindings(after: bindings.last?.peer))
            bindings += page.entries
            guard page.more, !page.entries.isEmpty else { return bindings }
        }
    }

    func value(of key: Name) async throws -> JSONValue {
        try await self.persist(Get(key: key)).value
    }

    func keep(_ value: JSONValue, as key: Name) async throws {
        try await self.persist(Put(key: key, value: value))
    }

    func report(_ conversation: ConversationID, seenUpTo seq: Int64) async throws {
        try await self.persist(Report(conversation: conversation, seenUpTo: seq))
    }

    func keep(_ picture: Picture, as reference: Name) async throws {
        try await self.persist(PutPicture(picture: reference, content: picture))
    }

    func signal(_ signal: Signal) {
        self.client.signal(signal)
    }

    func setCredit(_ conversations: Int) {
        self.client.setCredit(conversations)
    }

    var isFresh: Bool { self.client.status.isFresh(at: .now) }

    /// Repeats until it is stored; what the caller can act on is thrown as it is.
    @discardableResult
    private func persist<Request: WireRequest>(
        _ request: Request
    ) async throws -> Request.Answer {
        do {
            return try await self.client.persist(request)
        } catch .refused(let refused) {
            throw refused
        } catch .cancelled, .stopped {
            throw CancellationError()
        } catch {
            throw BrokerLink.failure(of: error)
        }
    }
}
