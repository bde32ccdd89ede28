public import Protocol

/// A client as this service knows it, and its conversation.
///
/// Everything that changes something is done in the order in which it is asked for, one thing at a
/// time of each client, and repeated until the broker has it; it needs a worker that runs.
public struct Client<ID: PeerIdentifier>: Sendable {
    /// What this service calls the client.
    public let id: ID
    /// The conversation's uid in the box.
    public let conversation: ConversationID
    let core: WorkerCore

    // MARK: Messages

    /// Says something; returns when it is on disk.
    ///
    /// - Parameters:
    ///   - text: 1–65,536 bytes.
    ///   - author: who says it; the service unless it is given.
    ///   - key: the sender's own id of the message. The same key gives the same message however
    ///     often it is sent; without one, each call is a message of its own.
    ///   - replyTo: the event that it answers.
    @discardableResult
    public func send(
        _ text: String, format: Format = .plain, as author: Author? = nil,
        key: IdempotencyKey? = nil, replyTo: EventID? = nil
    ) async throws(GatewayError) -> SentMessage {
        let send = self.message(text, format: format, as: author, key: key, replyTo: replyTo)
        let sent = try await self.core.inOrder(send, in: self.conversation)
        return SentMessage(key: send.key, sent)
    }

    /// Gives a message of this service another text.
    @discardableResult
    public func edit(
        _ message: SentMessage, to text: String, format: Format = .plain, as author: Author? = nil
    ) async throws(GatewayError) -> SentMessage {
        let revision = message.revision + 1
        let sent = try await self.edit(
            message.key, revision: revision, to: text, format: format, as: author)
        var edited = message
        edited.revision = max(revision, sent.revision)
        return edited
    }

    /// Gives the message of that key another text, if its present revision is lower.
    @discardableResult
    public func edit(
        _ key: IdempotencyKey, revision: Int64, to text: String, format: Format = .plain,
        as author: Author? = nil
    ) async throws(GatewayError) -> Sent {
        let edit = Edit(
            conversation: self.conversation, key: .random(), target: key, revision: revision,
            author: author ?? self.core.author, body: text, format: format)
        return try await self.core.inOrder(edit, in: self.conversation)
    }

    /// Takes the message of that key back, for good.
    public func delete(
        _ key: IdempotencyKey, as author: Author? = nil
    ) async throws(GatewayError) {
        let delete = Delete(
            conversation: self.conversation, key: .random(), target: key,
            author: author ?? self.core.author)
        _ = try await self.core.inOrder(delete, in: self.conversation)
    }

    func message(
        _ text: String, format: Format = .plain, as author: Author?, key: IdempotencyKey?,
        replyTo: EventID? = nil
    ) -> Send {
        Send(
            conversation: self.conversation, key: key ?? .random(),
            author: author ?? self.core.author, body: text, format: format, replyTo: replyTo)
    }

    // MARK: The conversation

    /// Ends the conversation until somebody writes again.
    public func close(as author: Author? = nil) async throws(GatewayError) {
        let close = Close(
            conversation: self.conversation, key: .random(), author: author ?? self.core.author)
        _ = try await self.core.inOrder(close, in: self.conversation)
    }

    /// Goes on with a closed conversation; a message does so by itself.
    public func reopen(as author: Author? = nil) async throws(GatewayError) {
        let reopen = Reopen(
            conversation: self.conversation, key: .random(), author: author ?? self.core.author)
        _ = try await self.core.inOrder(reopen, in: self.conversation)
    }

    /// What is known about the client.
    public func properties() async throws(GatewayError) -> [String: String] {
        try await self.core.broker.request(SetProperties(conversation: self.conversation))
            .properties
    }

    /// Notes something about the client, at most 32 names with texts of at most 1,024 bytes; the
    /// last writer wins, and an empty text removes a name. Answers all that is known then.
    @discardableResult
    public func set(
        _ properties: [String: String]
    ) async throws(GatewayError) -> [String: String] {
        let request = SetProperties(conversation: self.conversation, properties: properties)
        return try await self.core.inOrder(request, in: self.conversation).properties
    }

    /// A page of what was said, ascending.
    public func history(
        _ range: History.Range = .after(0), limit: Int = Limits.pageEvents
    ) async throws(GatewayError) -> Page {
        try await self.core.broker.history(self.conversation, range, limit: limit)
    }

    /// Says something that needn't be kept: that somebody types, or is there.
    public func signal(_ kind: Signal.Kind, name: String? = nil) {
        self.core.broker.signal(
            Signal(conversation: self.conversation, kind: kind, name: name))
    }
}

extension Client: Hashable {
    public static func == (left: Client, right: Client) -> Bool {
        left.conversation == right.conversation
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(self.conversation) }
}

/// A client of another service that this one hasn't heard of.
public struct NewClient: Sendable {
    /// The conversation's uid in the box.
    public let conversation: ConversationID
    /// What is known about the client.
    public let properties: [String: String]
    /// What was said first.
    public let event: Event
}

/// A message of this service that is on disk.
public struct SentMessage: Equatable, Sendable {
    /// This service's own id of it.
    public var key: IdempotencyKey
    /// Its place in the conversation.
    public var seq: Int64
    /// Its name.
    public var id: EventID
    /// When it was committed, in milliseconds since 1970.
    public var at: Int64
    /// Its present revision.
    public var revision: Int64
    /// Whether it had been stored before.
    public var isDuplicate: Bool

    init(key: IdempotencyKey, _ sent: Sent) {
        self.key = key
        self.seq = sent.seq
        self.id = sent.id
        self.at = sent.at
        self.revision = sent.revision
        self.isDuplicate = sent.duplicate
    }
}

extension IdempotencyKey {
    /// A key of 32 random hexadecimal digits.
    public static func random() -> IdempotencyKey {
        var generator = SystemRandomNumberGenerator()
        guard let key = IdempotencyKey(Bits128.random(using: &generator).hexadecimal) else {
            preconditionFailure("32 hexadecimal digits are always a key.")
        }
        return key
    }
}
