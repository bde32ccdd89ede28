import StrictJSON

/// Events as the gateway's dispatches.
extension WorldEvent {
    /// Name and data for a client with these intents; nil if they don't ask for it.
    func payload(
        for intents: Intents, _ world: SandboxWorld
    ) -> (name: String, data: JSONValue)? {
        switch self {
        case .messageCreated(let message):
            guard intents.has(Intents.guildMessages) else { return nil }
            // One's own messages and those that mention one are always shown whole.
            let showsContent =
                intents.has(Intents.messageContent) || message.author == Fixture.bot
                || message.mentions.contains(Fixture.bot)
            return ("MESSAGE_CREATE", world.event(of: message, showsContent: showsContent))
        case .threadCreated(let thread):
            guard intents.has(Intents.guilds) else { return nil }
            var object = thread.object
            object["newly_created"] = true
            return ("THREAD_CREATE", .object(object))
        case .threadUpdated(let thread):
            guard intents.has(Intents.guilds) else { return nil }
            return ("THREAD_UPDATE", thread.json)
        case .typingStarted(let user, let channel, let milliseconds):
            guard intents.has(Intents.guildTyping) else { return nil }
            var object: JSONObject = [
                "channel_id": channel.json, "guild_id": Fixture.guild.json,
                "user_id": user.json, "timestamp": .integer(milliseconds / 1000),
            ]
            object["member"] = world.users[user]?.memberJSON
            return ("TYPING_START", .object(object))
        }
    }
}
