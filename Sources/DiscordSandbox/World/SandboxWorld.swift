import StrictJSON

/// The guild with its channels, threads, messages, people and roles: what Discord would remember.
///
/// Pure: time comes as an argument, ids follow from it. What a call changed is taken from
/// `takeOutbox`, to be written to the journal and told to the gateway's clients.
struct SandboxWorld: Sendable {
    /// How long a nonce is remembered: Discord says "the past few minutes".
    static let nonceMilliseconds: Int64 = 300_000
    /// How long typing is shown.
    static let typingMilliseconds: Int64 = 10_000

    /// What happened since the last look.
    struct Outbox: Equatable, Sendable {
        var changes: [WorldChange] = []
        var events: [WorldEvent] = []
    }

    /// Somebody types somewhere.
    struct Typing: Equatable, Sendable {
        var user: Snowflake
        var channel: Snowflake
        /// Since when, in milliseconds since 1970.
        var milliseconds: Int64
    }

    private struct NonceKey: Hashable {
        var author: Snowflake
        var channel: Snowflake
        /// The nonce's JSON bytes: texts are compared byte by byte.
        var nonce: [UInt8]
    }

    private(set) var users: [Snowflake: User] = [:]
    private(set) var roles: [Snowflake: Role] = [:]
    private(set) var channels: [Snowflake: GuildChannel] = [:]
    private(set) var threads: [Snowflake: ChannelThread] = [:]
    private(set) var application = ApplicationState()
    /// Grows with each change, so that a page can ask for what is new.
    private(set) var revision = 0
    /// When bots identified themselves, in milliseconds since 1970, oldest first.
    private(set) var identifies: [Int64] = []
    /// Who types now or did a short time ago; not kept over a restart.
    private(set) var typing: [Typing] = []
    /// Open threads that the guild may have: Discord gives no number, 1000 is what people see.
    var activeThreadsMax = 1000
    private var operators: [String: Snowflake] = [:]
    private var nonces: [NonceKey: Snowflake] = [:]
    private var lastID = Snowflake(0)
    private var outbox = Outbox()

    /// The world as it begins, or as `changes` made it.
    init(replaying changes: [WorldChange] = []) {
        for user in Fixture.users { self.users[user.id] = user }
        for role in Fixture.roles { self.roles[role.id] = role }
        for channel in Fixture.channels { self.channels[channel.id] = channel }
        for change in changes { self.apply(change) }
    }

    /// What happened since the last call.
    mutating func takeOutbox() -> Outbox {
        defer { self.outbox = Outbox() }
        return self.outbox
    }

    // MARK: Changing

    /// Ids grow strictly, also when the clock stands still or goes back.
    func nextID(_ now: Int64) -> Snowflake {
        Snowflake(max(self.lastID.rawValue + 1, Snowflake(milliseconds: now).rawValue))
    }

    /// Makes a change and notes it for the journal, and what to tell of it for the gateway.
    mutating func commit(_ change: WorldChange, telling event: WorldEvent? = nil) {
        self.apply(change)
        self.outbox.changes.append(change)
        if let event { self.outbox.events.append(event) }
    }

    /// Notes something to tell that changes nothing that lasts.
    mutating func tell(_ event: WorldEvent) {
        self.outbox.events.append(event)
        guard case .typingStarted(let user, let channel, let now) = event else { return }
        self.revision += 1
        self.typing.removeAll {
            $0.milliseconds <= now - Self.typingMilliseconds
                || ($0.user == user && $0.channel == channel)
        }
        self.typing.append(Typing(user: user, channel: channel, milliseconds: now))
    }

    private mutating func apply(_ change: WorldChange) {
        self.revision += 1
        switch change {
        case .userSaved(let user):
            self.users[user.id] = user
            self.operators[user.name] = user.id
            self.lastID = max(self.lastID, user.id)
        case .threadOpened(let thread):
            self.threads[thread.id] = thread
            self.lastID = max(self.lastID, thread.id)
        case .threadChanged(let changed):
            // A line of the journal has no messages; those stay as they are.
            let log = self.threads[changed.id]?.log ?? MessageLog()
            self.threads[changed.id] = changed
            self.threads[changed.id]?.log = log
        case .threadDeleted(let id): self.threads[id] = nil
        case .messagePosted(let message):
            self.inLog(of: message.channel) { $0.append(message) }
            self.lastID = max(self.lastID, message.id)
            self.typing.removeAll {
                $0.user == message.author && $0.channel == message.channel
            }
            if let nonce = message.nonce { self.remember(nonce, of: message) }
        case .messageChanged(let message): self.inLog(of: message.channel) { $0.replace(message) }
        case .messageDeleted(let id, let channel): self.inLog(of: channel) { $0.remove(id) }
        case .channelSaved(let channel):
            let log = self.channels[channel.id]?.log ?? MessageLog()
            self.channels[channel.id] = channel
            self.channels[channel.id]?.log = log
        case .channelDeleted(let id):
            self.channels[id] = nil
            self.threads = self.threads.filter { $0.value.parent != id }
        case .roleSaved(let role):
            self.roles[role.id] = role
            self.lastID = max(self.lastID, role.id)
        case .roleDeleted(let id):
            self.roles[id] = nil
            for user in self.users.keys { self.users[user]?.roles.removeAll { $0 == id } }
        case .applicationSaved(let application): self.application = application
        case .identified(let milliseconds): self.identifies.append(milliseconds)
        }
    }

    private mutating func inLog(of channel: Snowflake, _ body: (inout MessageLog) -> Void) {
        if self.threads[channel] != nil {
            body(&self.threads[channel, default: .nowhere].log)
        } else if self.channels[channel] != nil {
            body(&self.channels[channel, default: .nowhere].log)
        }
    }

    private mutating func remember(_ nonce: JSONValue, of message: Message) {
        let key = NonceKey(
            author: message.author, channel: message.channel, nonce: JSONWriter.encode(nonce))
        self.nonces[key] = message.id
    }

    /// The id of the message that somebody sent to a channel with a nonce, if not too long ago.
    func idOfMessage(
        by author: Snowflake, nonce: JSONValue?, in channel: Snowflake, now: Int64
    ) -> Snowflake? {
        guard let nonce else { return nil }
        let key = NonceKey(author: author, channel: channel, nonce: JSONWriter.encode(nonce))
        guard let id = self.nonces[key], now - id.milliseconds <= Self.nonceMilliseconds else {
            return nil
        }
        return id
    }

    /// The person of that name who is a member already.
    func member(named name: String) -> User? {
        self.operators[name].flatMap { self.users[$0] }
    }
}

extension ChannelThread {
    /// What a dictionary asks for and never gets: the key is known to be there.
    fileprivate static let nowhere = ChannelThread(
        id: Snowflake(0), parent: Snowflake(0), name: "", owner: Snowflake(0),
        autoArchiveMinutes: 60, archiveMilliseconds: 0)
}

extension GuildChannel {
    fileprivate static let nowhere = GuildChannel(id: Snowflake(0), kind: .text, name: "")
}
