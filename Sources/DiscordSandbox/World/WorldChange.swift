import StrictJSON

/// Something durable that happened; the world is what all changes since the beginning make.
enum WorldChange: Equatable, Sendable {
    /// An operator was seen for the first time.
    case userJoined(User)
    /// A post without its messages was made.
    case threadOpened(ForumThread)
    /// A message was sent.
    case messagePosted(Message)
    /// A post's name or state changed.
    case threadChanged(ForumThread)
    /// A bot identified itself at the gateway.
    case identified(milliseconds: Int64)
}

/// A line of the journal for each change.
extension WorldChange {
    var json: JSONValue {
        switch self {
        case .userJoined(let user):
            [
                "kind": "user", "id": user.id.json, "name": .string(user.name),
                "bot": .bool(user.isBot),
            ]
        case .threadOpened(let thread): thread.json(kind: "thread")
        case .threadChanged(let thread): thread.json(kind: "thread_change")
        case .messagePosted(let message): message.journalJSON
        case .identified(let milliseconds): ["kind": "identify", "at": .integer(milliseconds)]
        }
    }

    /// The change that a line holds; nil for a line of another form.
    init?(_ json: JSONValue) {
        switch json["kind"]?.string {
        case "user":
            guard let id = json.id("id"), let name = json["name"]?.string else { return nil }
            self = .userJoined(User(id: id, name: name, isBot: json["bot"]?.bool ?? false))
        case "thread":
            guard let thread = ForumThread(json) else { return nil }
            self = .threadOpened(thread)
        case "thread_change":
            guard let thread = ForumThread(json) else { return nil }
            self = .threadChanged(thread)
        case "message":
            guard let message = Message(journal: json) else { return nil }
            self = .messagePosted(message)
        case "identify":
            guard let milliseconds = json["at"]?.integer else { return nil }
            self = .identified(milliseconds: milliseconds)
        default: return nil
        }
    }
}

extension Snowflake {
    var json: JSONValue { .string(self.description) }
}

extension JSONValue {
    /// A member that holds an id.
    func id(_ name: String) -> Snowflake? {
        self[name]?.string.flatMap { Snowflake(text: $0) }
    }

    /// A member that holds ids.
    func ids(_ name: String) -> [Snowflake] {
        (self[name]?.array ?? []).compactMap { $0.string.flatMap { Snowflake(text: $0) } }
    }
}

extension [Snowflake] {
    var json: JSONValue { .array(self.map(\.json)) }
}

extension ForumThread {
    fileprivate func json(kind: String) -> JSONValue {
        [
            "kind": .string(kind), "id": self.id.json, "name": .string(self.name),
            "owner": self.owner.json, "archived": .bool(self.isArchived),
            "locked": .bool(self.isLocked), "minutes": .integer(self.autoArchiveMinutes),
            "tags": self.appliedTags.json, "archive_at": .integer(self.archiveMilliseconds),
        ]
    }

    fileprivate init?(_ json: JSONValue) {
        guard let id = json.id("id"), let name = json["name"]?.string,
            let owner = json.id("owner"), let minutes = json["minutes"]?.integer,
            let archivedAt = json["archive_at"]?.integer
        else { return nil }
        self.init(
            id: id, name: name, owner: owner, isArchived: json["archived"]?.bool ?? false,
            isLocked: json["locked"]?.bool ?? false, autoArchiveMinutes: minutes,
            appliedTags: json.ids("tags"), archiveMilliseconds: archivedAt)
    }
}

extension Message {
    fileprivate var journalJSON: JSONValue {
        var object: JSONObject = [
            "kind": "message", "id": self.id.json, "channel": self.channel.json,
            "author": self.author.json, "content": .string(self.content),
        ]
        if !self.embeds.isEmpty { object["embeds"] = .array(self.embeds) }
        if self.flags != 0 { object["flags"] = .integer(self.flags) }
        object["nonce"] = self.nonce
        object["reply_to"] = self.replyTo?.json
        if !self.mentions.isEmpty { object["mentions"] = self.mentions.json }
        if !self.mentionRoles.isEmpty { object["roles"] = self.mentionRoles.json }
        return .object(object)
    }

    fileprivate init?(journal json: JSONValue) {
        guard let id = json.id("id"), let channel = json.id("channel"),
            let author = json.id("author"), let content = json["content"]?.string
        else { return nil }
        self.init(
            id: id, channel: channel, author: author, content: content,
            embeds: json["embeds"]?.array ?? [], flags: json["flags"]?.integer ?? 0,
            nonce: json["nonce"], replyTo: json.id("reply_to"), mentions: json.ids("mentions"),
            mentionRoles: json.ids("roles"))
    }
}
