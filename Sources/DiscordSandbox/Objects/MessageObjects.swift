import StrictJSON

/// To whom something is shown.
struct Viewer: Equatable, Sendable {
    let user: Snowflake
    /// False hides what the message-content intent guards.
    let showsContent: Bool

    /// The bot, with or without the message-content intent.
    static func bot(showsContent: Bool) -> Viewer {
        Viewer(user: Fixture.bot, showsContent: showsContent)
    }
}

/// Messages as Discord's API shows them.
extension SandboxWorld {
    /// A message as it is read later: without the nonce.
    func object(of message: Message, for viewer: Viewer) -> JSONObject {
        var object = self.plainObject(of: message, for: viewer)
        if let target = message.replyTo {
            let original = try? self.log(of: message.channel).message(target)
            object["referenced_message"] =
                original.map { .object(self.plainObject(of: $0, for: viewer)) } ?? .null
        } else if message.kind == Message.Kind.threadStarter,
            let channel = message.reference?.id("channel_id"),
            let target = message.reference?.id("message_id")
        {
            let original = self.channels[channel]?.log.message(target)
            object["referenced_message"] =
                original.map { .object(self.plainObject(of: $0, for: viewer)) } ?? .null
        }
        if message.flags & Message.Flags.hasThread != 0, let thread = self.threads[message.id] {
            object["thread"] = thread.json
        }
        return object
    }

    /// A message as its sender is answered: with the nonce.
    func answer(for message: Message, to viewer: Viewer) -> JSONValue {
        var object = self.object(of: message, for: viewer)
        object["nonce"] = message.nonce
        return .object(object)
    }

    /// A message as the gateway tells of it.
    func event(of message: Message, for viewer: Viewer) -> JSONValue {
        var object = self.object(of: message, for: viewer)
        object["nonce"] = message.nonce
        object["guild_id"] = Fixture.guild.json
        object["channel_type"] = self.threads[message.channel] == nil ? 0 : 11
        if message.extras["webhook_id"] == nil, let author = self.users[message.author] {
            object["member"] = .object(author.memberObject)
        }
        return .object(object)
    }

    private func plainObject(of message: Message, for viewer: Viewer) -> JSONObject {
        var object: JSONObject = [
            "id": message.id.json, "channel_id": message.channel.json,
            "type": .integer(message.kind), "content": .string(message.content),
            "author": self.author(of: message),
            "timestamp": .string(Timestamp.text(message.milliseconds)),
            "edited_timestamp": message.editedMilliseconds.map { .string(Timestamp.text($0)) }
                ?? nil,
            "tts": false, "mention_everyone": false,
            "mentions": .array(message.mentions.compactMap { self.users[$0]?.json }),
            "mention_roles": message.mentionRoles.json,
            "attachments": .array(message.attachments), "embeds": .array(message.embeds),
            "components": [], "pinned": false, "flags": .integer(message.flags),
        ]
        if let thread = self.threads[message.channel] {
            object["position"] = .integer(Int64(thread.log.index(of: message.id)))
        }
        object["message_reference"] = self.reference(of: message)
        if !message.reactions.isEmpty {
            object["reactions"] = .array(message.reactions.map { $0.json(for: viewer.user) })
        }
        for (name, value) in message.extras.members { object[name] = value }
        if !self.showsContent(of: message, to: viewer) { Self.hideContent(of: &object) }
        return object
    }

    private func reference(of message: Message) -> JSONValue? {
        guard let target = message.replyTo else { return message.reference }
        return [
            "type": 0, "channel_id": message.channel.json, "message_id": target.json,
            "guild_id": Fixture.guild.json,
        ]
    }

    private func author(of message: Message) -> JSONValue {
        guard let author = self.users[message.author] else { return nil }
        guard let webhook = message.extras["webhook_id"],
            case .object(var object) = author.json
        else { return author.json }
        object["id"] = webhook
        object["bot"] = true
        return .object(object)
    }

    /// One's own messages and those that mention one are always shown whole.
    private func showsContent(of message: Message, to viewer: Viewer) -> Bool {
        viewer.showsContent || message.author == viewer.user
            || message.mentions.contains(viewer.user)
    }

    private static func hideContent(of object: inout JSONObject) {
        object["content"] = ""
        for name in ["embeds", "attachments", "components"] { object[name] = [] }
        object["poll"] = nil
        guard let snapshots = object["message_snapshots"]?.array else { return }
        object["message_snapshots"] = .array(
            snapshots.map { snapshot in
                guard var message = snapshot["message"]?.object else { return snapshot }
                message["content"] = ""
                for name in ["embeds", "attachments", "components"] { message[name] = [] }
                return ["message": .object(message)]
            })
    }
}

extension Reaction {
    fileprivate func json(for viewer: Snowflake) -> JSONValue {
        let count = JSONValue.integer(Int64(self.users.count))
        return [
            "emoji": self.emoji.json, "count": count,
            "count_details": ["burst": 0, "normal": count], "burst_colors": [],
            "me_burst": false, "me": .bool(self.users.contains(viewer)),
        ]
    }
}
