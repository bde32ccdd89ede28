import StrictJSON

/// Something durable that happened; the world is what all changes since the beginning make.
enum WorldChange: Equatable, Sendable {
    /// An operator was seen for the first time, or changed.
    case userSaved(User)
    /// A thread without its messages was made.
    case threadOpened(ChannelThread)
    /// A thread's name or state changed.
    case threadChanged(ChannelThread)
    /// A thread went with all that stood in it.
    case threadDeleted(Snowflake)
    /// A message was sent.
    case messagePosted(Message)
    /// A message was edited or reacted to.
    case messageChanged(Message)
    case messageDeleted(Snowflake, channel: Snowflake)
    /// A channel was made, or its overwrites changed; without its messages.
    case channelSaved(GuildChannel)
    case channelDeleted(Snowflake)
    case roleSaved(Role)
    case roleDeleted(Snowflake)
    case applicationSaved(ApplicationState)
    /// A bot identified itself at the gateway.
    case identified(milliseconds: Int64)
}

/// A line of the journal for each change.
extension WorldChange {
    var json: JSONValue {
        switch self {
        case .userSaved(let user): user.journalJSON
        case .threadOpened(let thread): thread.json(kind: "thread")
        case .threadChanged(let thread): thread.json(kind: "thread_change")
        case .threadDeleted(let id): ["kind": "thread_deletion", "id": id.json]
        case .messagePosted(let message): message.journalJSON(kind: "message")
        case .messageChanged(let message): message.journalJSON(kind: "message_change")
        case .messageDeleted(let id, let channel):
            ["kind": "message_deletion", "id": id.json, "channel": channel.json]
        case .channelSaved(let channel): channel.journalJSON
        case .channelDeleted(let id): ["kind": "channel_deletion", "id": id.json]
        case .roleSaved(let role): role.journalJSON
        case .roleDeleted(let id): ["kind": "role_deletion", "id": id.json]
        case .applicationSaved(let state):
            [
                "kind": "application", "message_content": .bool(state.messageContent),
                "revoked": .bool(state.isRevoked),
            ]
        case .identified(let milliseconds): ["kind": "identify", "at": .integer(milliseconds)]
        }
    }

    /// The change that a line holds; nil for a line of another form.
    init?(_ json: JSONValue) {
        guard let kind = json["kind"]?.string, let change = Self.read(kind, json) else {
            return nil
        }
        self = change
    }

    private static func read(_ kind: String, _ json: JSONValue) -> WorldChange? {
        switch kind {
        case "user": User(json).map { .userSaved($0) }
        case "thread": ChannelThread(json).map { .threadOpened($0) }
        case "thread_change": ChannelThread(json).map { .threadChanged($0) }
        case "thread_deletion": json.id("id").map { .threadDeleted($0) }
        case "message": Message(journal: json).map { .messagePosted($0) }
        case "message_change": Message(journal: json).map { .messageChanged($0) }
        case "message_deletion":
            json.id("channel").flatMap { channel in
                json.id("id").map { .messageDeleted($0, channel: channel) }
            }
        case "channel": GuildChannel(json).map { .channelSaved($0) }
        case "channel_deletion": json.id("id").map { .channelDeleted($0) }
        case "role": Role(json).map { .roleSaved($0) }
        case "role_deletion": json.id("id").map { .roleDeleted($0) }
        case "application":
            .applicationSaved(
                ApplicationState(
                    messageContent: json["message_content"]?.bool ?? true,
                    isRevoked: json["revoked"]?.bool ?? false))
        case "identify": json["at"]?.integer.map { .identified(milliseconds: $0) }
        default: nil
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
