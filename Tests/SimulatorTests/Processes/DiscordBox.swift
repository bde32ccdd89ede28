#if os(Linux)
    import Protocol
    import StrictJSON

    @testable import DiscordGateway

    /// The gateway's real connection to the broker, except that a canary may believe itself fresh.
    struct DiscordBox: BoxConnection {
        let connection: BrokerConnection
        let canary: Canary?

        var isFresh: Bool { self.canary == .noFencing || self.connection.isFresh }

        func bind(
            _ conversation: ConversationID, to peer: PeerID, replacing: PeerID?
        ) async throws {
            try await self.connection.bind(conversation, to: peer, replacing: replacing)
        }
        func send(_ message: Send) async throws -> Sent { try await self.connection.send(message) }
        func edit(_ edit: Edit) async throws -> Sent { try await self.connection.edit(edit) }
        func delete(_ deletion: Delete) async throws { try await self.connection.delete(deletion) }
        func close(_ close: Close) async throws -> StateSet {
            try await self.connection.close(close)
        }
        func mark(_ conversation: ConversationID, at mark: Mark) async throws {
            try await self.connection.mark(conversation, at: mark)
        }
        func known(
            _ ids: [Snowflake], in conversation: ConversationID
        ) async throws -> [KnownIDs.Entry] {
            try await self.connection.known(ids, in: conversation)
        }
        func newestEvents(of conversation: ConversationID) async throws -> [Event] {
            try await self.connection.newestEvents(of: conversation)
        }
        func event(_ seq: Int64, in conversation: ConversationID) async throws -> Event? {
            try await self.connection.event(seq, in: conversation)
        }
        func receipts(after version: Int64) async throws -> ReceiptPage {
            try await self.connection.receipts(after: version)
        }
        func allBindings() async throws -> [Bindings.Binding] {
            try await self.connection.allBindings()
        }
        func value(of key: Name) async throws -> JSONValue {
            try await self.connection.value(of: key)
        }
        func keep(_ value: JSONValue, as key: Name) async throws {
            try await self.connection.keep(value, as: key)
        }
        func keep(_ picture: Picture, as reference: Name) async throws {
            try await self.connection.keep(picture, as: reference)
        }
        func report(_ conversation: ConversationID, seenUpTo seq: Int64) async throws {
            try await self.connection.report(conversation, seenUpTo: seq)
        }
        func signal(_ signal: Signal) { self.connection.signal(signal) }
        func setCredit(_ conversations: Int) { self.connection.setCredit(conversations) }
    }
#endif
