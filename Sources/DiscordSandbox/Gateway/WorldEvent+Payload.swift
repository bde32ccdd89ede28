import StrictJSON

/// Events as the gateway's dispatches.
extension WorldEvent {
    /// Name and data for a client with these intents; nil if they don't ask for it, or if the bot
    /// may not see where it happened.
    func payload(
        for intents: Intents, _ world: SandboxWorld
    ) -> (name: String, data: JSONValue)? {
        guard intents.has(self.intent), self.place.map({ world.botSees($0) }) ?? true else {
            return nil
        }
        let viewer = Viewer.bot(
            showsContent: intents.has(Intents.messageContent) && world.application.messageContent)
        return (self.name, .object(self.data(for: viewer, world)))
    }

    /// The one of which a client must have asked for it.
    private var intent: Int64 {
        switch self {
        case .messageCreated, .messageUpdated, .messagesDeleted: Intents.guildMessages
        case .reactionAdded, .reactionRemoved, .reactionsCleared: Intents.guildReactions
        case .threadCreated, .threadUpdated, .threadDeleted, .threadsShown, .channelCreated,
            .channelUpdated, .channelDeleted, .roleCreated, .roleUpdated, .roleDeleted:
            Intents.guilds
        case .memberUpdated: Intents.guildMembers
        case .typingStarted: Intents.guildTyping
        }
    }

    private var name: String {
        switch self {
        case .messageCreated: "MESSAGE_CREATE"
        case .messageUpdated: "MESSAGE_UPDATE"
        case .messagesDeleted(let ids, _):
            ids.count == 1 ? "MESSAGE_DELETE" : "MESSAGE_DELETE_BULK"
        case .reactionAdded: "MESSAGE_REACTION_ADD"
        case .reactionRemoved: "MESSAGE_REACTION_REMOVE"
        case .reactionsCleared(nil, _): "MESSAGE_REACTION_REMOVE_ALL"
        case .reactionsCleared: "MESSAGE_REACTION_REMOVE_EMOJI"
        case .threadCreated: "THREAD_CREATE"
        case .threadUpdated: "THREAD_UPDATE"
        case .threadDeleted: "THREAD_DELETE"
        case .threadsShown: "THREAD_LIST_SYNC"
        case .channelCreated: "CHANNEL_CREATE"
        case .channelUpdated: "CHANNEL_UPDATE"
        case .channelDeleted: "CHANNEL_DELETE"
        case .roleCreated: "GUILD_ROLE_CREATE"
        case .roleUpdated: "GUILD_ROLE_UPDATE"
        case .roleDeleted: "GUILD_ROLE_DELETE"
        case .memberUpdated: "GUILD_MEMBER_UPDATE"
        case .typingStarted: "TYPING_START"
        }
    }

    private func data(for viewer: Viewer, _ world: SandboxWorld) -> JSONObject {
        switch self {
        case .messageCreated(let message), .messageUpdated(let message):
            return world.event(of: message, for: viewer).object ?? JSONObject()
        case .messagesDeleted(let ids, let channel):
            var object: JSONObject = ["channel_id": channel.json, "guild_id": Fixture.guild.json]
            if ids.count == 1 { object["id"] = ids[0].json } else { object["ids"] = ids.json }
            return object
        case .reactionAdded(let emoji, let message, let user):
            var object = Self.reaction(emoji, message, user)
            object["member"] = world.users[user]?.memberJSON
            object["message_author_id"] = message.author.json
            return object
        case .reactionRemoved(let emoji, let message, let user):
            return Self.reaction(emoji, message, user)
        case .reactionsCleared(let emoji, let message):
            var object = Self.place(of: message)
            object["emoji"] = emoji?.json
            return object
        case .threadCreated(let thread):
            var object = thread.object
            object["newly_created"] = true
            return object
        case .threadUpdated(let thread): return thread.object
        case .threadDeleted(let thread): return thread.deletedJSON.object ?? JSONObject()
        case .threadsShown(let channel):
            let threads = world.activeThreads.filter { $0.parent == channel }
            return ThreadListObject.sync(channel, threads).object ?? JSONObject()
        case .channelCreated(let channel), .channelUpdated(let channel):
            return world.event(of: channel).object ?? JSONObject()
        case .channelDeleted(let channel):
            return world.object(of: channel).object ?? JSONObject()
        case .roleCreated(let role), .roleUpdated(let role):
            return ["guild_id": Fixture.guild.json, "role": role.json]
        case .roleDeleted(let role):
            return ["guild_id": Fixture.guild.json, "role_id": role.id.json]
        case .memberUpdated(let user):
            var object = user.memberJSON.object ?? JSONObject()
            object["guild_id"] = Fixture.guild.json
            return object
        case .typingStarted(let user, let channel, let milliseconds):
            var object: JSONObject = [
                "channel_id": channel.json, "guild_id": Fixture.guild.json,
                "user_id": user.json, "timestamp": .integer(milliseconds / 1000),
            ]
            object["member"] = world.users[user]?.memberJSON
            return object
        }
    }

    private static func place(of message: Message) -> JSONObject {
        [
            "channel_id": message.channel.json, "message_id": message.id.json,
            "guild_id": Fixture.guild.json,
        ]
    }

    private static func reaction(
        _ emoji: Emoji, _ message: Message, _ user: Snowflake
    ) -> JSONObject {
        var object = self.place(of: message)
        object["user_id"] = user.json
        object["emoji"] = emoji.json
        object["burst"] = false
        object["type"] = 0
        return object
    }
}
