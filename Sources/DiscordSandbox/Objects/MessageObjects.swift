import StrictJSON

/// Messages as Discord's API shows them.
extension SandboxWorld {
    /// A message as it is read later: without the nonce.
    func object(of message: Message) -> JSONObject {
        var object = self.plainObject(of: message)
        if let target = message.replyTo {
            object["message_reference"] = [
                "type": 0, "channel_id": message.channel.json, "message_id": target.json,
                "guild_id": Fixture.guild.json,
            ]
            let original = self.threads[message.channel]?.message(target)
            object["referenced_message"] =
                original.map { .object(self.plainObject(of: $0)) } ?? .null
        }
        return object
    }

    /// A message as its sender is answered: with the nonce.
    func answer(for message: Message) -> JSONValue {
        var object = self.object(of: message)
        object["nonce"] = message.nonce
        return .object(object)
    }

    /// A message as the gateway tells of it.
    ///
    /// - Parameter showsContent: false hides what the message-content intent guards.
    func event(of message: Message, showsContent: Bool) -> JSONValue {
        var object = self.object(of: message)
        object["nonce"] = message.nonce
        object["guild_id"] = Fixture.guild.json
        object["channel_type"] = 11
        if let author = self.users[message.author] {
            object["member"] = .object(author.memberObject)
        }
        if !showsContent {
            object["content"] = ""
            for name in ["embeds", "attachments", "components"] { object[name] = [] }
        }
        return .object(object)
    }

    private func plainObject(of message: Message) -> JSONObject {
        let position = self.threads[message.channel]?.index(of: message.id) ?? 0
        return [
            "id": message.id.json, "channel_id": message.channel.json,
            "type": message.replyTo == nil ? 0 : 19,
            "content": .string(message.content),
            "author": self.users[message.author]?.json ?? nil,
            "timestamp": .string(Timestamp.text(message.milliseconds)),
            "edited_timestamp": nil, "tts": false, "mention_everyone": false,
            "mentions": .array(message.mentions.compactMap { self.users[$0]?.json }),
            "mention_roles": message.mentionRoles.json, "attachments": [],
            "embeds": .array(message.embeds), "components": [], "pinned": false,
            "flags": .integer(message.flags), "position": .integer(Int64(position)),
        ]
    }
}
