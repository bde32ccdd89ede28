import StrictJSON

/// What the gateway tells its clients.
enum WorldEvent: Equatable, Sendable {
    case messageCreated(Message)
    case threadCreated(ForumThread)
    case threadUpdated(ForumThread)
    case typingStarted(user: Snowflake, channel: Snowflake, milliseconds: Int64)
}

/// The guild with its forum, posts, messages and people: what Discord would remember.
///
/// Pure: time comes as an argument, ids follow from it. What a call changed is taken from
/// `takeOutbox`, to be written to the journal and told to the gateway's clients.
struct SandboxWorld: Sendable {
    /// How long a nonce is remembered: Discord says "the past few minutes".
    static let nonceMilliseconds: Int64 = 300_000

    /// What happened since the last look.
    struct Outbox: Equatable, Sendable {
        var changes: [WorldChange] = []
        var events: [WorldEvent] = []
    }

    private struct NonceKey: Hashable {
        var author: Snowflake
        var channel: Snowflake
        /// The nonce's JSON bytes: texts are compared byte by byte.
        var nonce: [UInt8]
    }

    private(set) var users: [Snowflake: User] = [:]
    private(set) var threads: [Snowflake: ForumThread] = [:]
    /// Grows with each change, so that a page can ask for what is new.
    private(set) var revision = 0
    /// When bots identified themselves, in milliseconds since 1970, oldest first.
    private(set) var identifies: [Int64] = []
    private var operators: [String: Snowflake] = [:]
    private var nonces: [NonceKey: Snowflake] = [:]
    private var lastID = Snowflake(0)
    private var outbox = Outbox()

    /// The world as it begins, or as `changes` made it.
    init(replaying changes: [WorldChange] = []) {
        for user in Fixture.users { self.users[user.id] = user }
        for change in changes { self.apply(change) }
    }

    /// What happened since the last call.
    mutating func takeOutbox() -> Outbox {
        defer { self.outbox = Outbox() }
        return self.outbox
    }

    // MARK: People

    /// The person of that name; the first call makes them a member of the guild.
    mutating func user(named name: String, now: Int64) -> User {
        if let id = self.operators[name], let user = self.users[id] { return user }
        let user = User(id: self.nextID(now), name: name, isBot: false)
        self.commit(.userJoined(user))
        return user
    }

    /// Counts a bot's IDENTIFY.
    mutating func countIdentify(now: Int64) {
        self.commit(.identified(milliseconds: now))
    }

    // MARK: Posts

    /// Makes a post with its first message; both have the same id.
    mutating func openThread(
        _ draft: ThreadDraft, by author: Snowflake, now: Int64
    ) -> ForumThread {
        let id = self.nextID(now)
        let thread = ForumThread(
            id: id, name: draft.name, owner: author, autoArchiveMinutes: draft.autoArchiveMinutes,
            appliedTags: draft.appliedTags, archiveMilliseconds: now)
        let message = self.message(draft.message, id: id, channel: id, author: author)
        self.commit(.threadOpened(thread))
        self.commit(.messagePosted(message))
        self.outbox.events.append(.threadCreated(self.threads[id] ?? thread))
        self.outbox.events.append(.messageCreated(message))
        return self.threads[id] ?? thread
    }

    /// Sends a message; with an enforced nonce that was used, answers the message it made.
    mutating func post(
        _ draft: MessageDraft, in channel: Snowflake, by author: Snowflake, now: Int64
    ) throws(DiscordError) -> Message {
        let thread = try self.thread(channel)
        if draft.enforcesNonce, let earlier = self.message(by: author, draft.nonce, thread, now) {
            return earlier
        }
        if let target = draft.replyTo, thread.message(target) == nil {
            var errors = FormErrors()
            errors.add(
                ["message_reference"], code: "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            if draft.failsIfReplyIsMissing { try errors.check() }
        }
        if thread.isArchived {
            guard !thread.isLocked else { throw .threadArchived }
            self.change(thread, now: now) { $0.isArchived = false }
        }
        let message = self.message(
            draft, id: self.nextID(now), channel: channel, author: author)
        self.commit(.messagePosted(message))
        self.outbox.events.append(.messageCreated(message))
        return message
    }

    /// Changes a post's name or state.
    mutating func update(
        _ channel: Snowflake, _ patch: ThreadPatch, now: Int64
    ) throws(DiscordError) -> ForumThread {
        let thread = try self.thread(channel)
        let changesMore = patch.name != nil || patch.autoArchiveMinutes != nil
        guard !thread.isArchived || patch.isArchived == false || !changesMore else {
            throw .threadArchived
        }
        self.change(thread, now: now) { thread in
            thread.name = patch.name ?? thread.name
            thread.isLocked = patch.isLocked ?? thread.isLocked
            thread.autoArchiveMinutes = patch.autoArchiveMinutes ?? thread.autoArchiveMinutes
            thread.isArchived = patch.isArchived ?? thread.isArchived
        }
        return try self.thread(channel)
    }

    /// Somebody types.
    mutating func type(
        in channel: Snowflake, by user: Snowflake, now: Int64
    ) throws(DiscordError) {
        _ = try self.thread(channel)
        self.outbox.events.append(
            .typingStarted(user: user, channel: channel, milliseconds: now))
    }

    // MARK: Changing

    private mutating func change(
        _ thread: ForumThread, now: Int64, _ body: (inout ForumThread) -> Void
    ) {
        var changed = thread
        body(&changed)
        guard changed != thread else { return }
        if changed.isArchived != thread.isArchived { changed.archiveMilliseconds = now }
        self.commit(.threadChanged(changed))
        self.outbox.events.append(.threadUpdated(changed))
    }

    /// Ids grow strictly, also when the clock stands still or goes back.
    private mutating func nextID(_ now: Int64) -> Snowflake {
        Snowflake(max(self.lastID.rawValue + 1, Snowflake(milliseconds: now).rawValue))
    }

    private mutating func commit(_ change: WorldChange) {
        self.apply(change)
        self.outbox.changes.append(change)
    }

    private mutating func apply(_ change: WorldChange) {
        self.revision += 1
        switch change {
        case .userJoined(let user):
            self.users[user.id] = user
            self.operators[user.name] = user.id
            self.lastID = max(self.lastID, user.id)
        case .threadOpened(let thread):
            self.threads[thread.id] = thread
        case .messagePosted(let message):
            self.threads[message.channel]?.append(message)
            self.lastID = max(self.lastID, message.id)
            if let nonce = message.nonce { self.remember(nonce, of: message) }
        case .threadChanged(let changed):
            // A line of the journal has no messages; those stay as they are.
            self.threads[changed.id]?.name = changed.name
            self.threads[changed.id]?.isArchived = changed.isArchived
            self.threads[changed.id]?.isLocked = changed.isLocked
            self.threads[changed.id]?.autoArchiveMinutes = changed.autoArchiveMinutes
            self.threads[changed.id]?.archiveMilliseconds = changed.archiveMilliseconds
        case .identified(let milliseconds):
            self.identifies.append(milliseconds)
        }
    }

    private mutating func remember(_ nonce: JSONValue, of message: Message) {
        let key = NonceKey(
            author: message.author, channel: message.channel, nonce: JSONWriter.encode(nonce))
        self.nonces[key] = message.id
    }

    private func message(
        by author: Snowflake, _ nonce: JSONValue?, _ thread: ForumThread, _ now: Int64
    ) -> Message? {
        guard let nonce else { return nil }
        let key = NonceKey(
            author: author, channel: thread.id, nonce: JSONWriter.encode(nonce))
        guard let id = self.nonces[key], now - id.milliseconds <= Self.nonceMilliseconds else {
            return nil
        }
        return thread.message(id)
    }

    private func message(
        _ draft: MessageDraft, id: Snowflake, channel: Snowflake, author: Snowflake
    ) -> Message {
        let mentions = Mentions(draft, users: self.users)
        return Message(
            id: id, channel: channel, author: author, content: draft.content,
            embeds: draft.embeds, flags: draft.flags, nonce: draft.nonce, replyTo: draft.replyTo,
            mentions: mentions.users, mentionRoles: mentions.roles)
    }
}
