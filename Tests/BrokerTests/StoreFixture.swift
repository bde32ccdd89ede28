import Protocol
import Testing

@testable import Broker

/// A real database in a temporary file, with the two usual services.
struct StoreFixture {
    let folder: TemporaryFolder
    let store: Store
    let web: Session
    let discord: Session

    init(boxes: String = "main=web,discord") throws {
        self.folder = try TemporaryFolder()
        self.store = try Store(
            path: self.folder.file("chatbox.db"), boxes: try #require(Boxes(boxes)), now: 1_000)
        self.web = try Self.session(self.store, "web", .reader)
        self.discord = try Self.session(self.store, "discord", .consumer)
    }

    static func session(_ store: Store, _ service: String, _ mode: Mode) throws -> Session {
        let box = try name("main")
        let row = try store.write(now: 0) { transaction in
            try transaction.service(box: box, name: try name(service))
        }
        return Session(
            connection: ConnectionID(number: 1), box: box, service: try #require(row),
            mode: mode, generation: 0)
    }

    /// Opens the conversation of a peer id of the web's.
    func open(
        _ peer: String, create: Bool = true, credential: String? = nil
    ) throws -> Opened {
        try self.store.write(now: 2_000) { transaction in
            let open = Open(
                peer: try #require(PeerID(peer)), create: create, credential: credential)
            return try transaction.open(open, self.web).1
        }
    }

    /// Sends a message; each has its own id.
    @discardableResult
    func send(
        _ body: String, key: String, in conversation: ConversationID, as session: Session? = nil,
        replyTo: EventID? = nil, mark: String? = nil
    ) throws -> Sent {
        let send = Send(
            conversation: conversation, key: try #require(IdempotencyKey(key)),
            author: Author(id: "a", name: "Ann"), body: body, replyTo: replyTo,
            mark: mark.flatMap { Mark($0) })
        return try self.store.write(now: 3_000) { transaction in
            var generator = SystemRandomNumberGenerator()
            let id = EventID(.random(using: &generator))
            return try transaction.send(send, id: id, session ?? self.web).1
        }
    }

    /// Runs a transaction with a name for a new event.
    func write<Result>(
        now: Int64 = 3_000, _ body: (StoreTransaction, EventID) throws -> Result
    ) throws -> Result {
        try self.store.write(now: now) { transaction in
            var generator = SystemRandomNumberGenerator()
            return try body(transaction, EventID(.random(using: &generator)))
        }
    }

    func page(_ conversation: ConversationID, _ range: History.Range, limit: Int64 = 100) throws
        -> Page
    {
        try self.store.read { transaction in
            try transaction.page(
                History(conversation: conversation, range, limit: limit), self.web)
        }
    }
}

/// A name of the key alphabet.
func name(_ text: String) throws -> Name { try #require(Name(text)) }

/// The code with which a body is refused, or `nil` if it isn't.
func refusal<Result>(_ body: () throws -> Result) throws -> ErrorCode? {
    do {
        _ = try body()
        return nil
    } catch let refused as Refused {
        return refused.code
    }
}
