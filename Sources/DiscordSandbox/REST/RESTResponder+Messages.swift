import StrictJSON

/// Messages and reactions.
extension RESTResponder {
    func messages(_ world: inout SandboxWorld) throws(DiscordError) -> RESTAnswer {
        let id = try self.call.id("channel")
        _ = try world.parent(of: id)
        switch self.call.route {
        case .messages:
            let page = try world.messages(in: id, MessagePage(query: self.call.query))
            let asker = self.asker(world)
            try world.require(of: asker, in: id)
            // Without the history's permission Discord answers an empty list, not a refusal.
            let isShown = world.permissions(of: asker, in: id).contains(.readMessageHistory)
            let objects = (isShown ? page : []).map {
                JSONValue.object(world.object(of: $0, for: self.viewer(world)))
            }
            return RESTAnswer(200, .array(objects))
        case .message:
            try world.require(.readMessageHistory, of: self.asker(world), in: id)
            let message = try world.message(try self.call.id("message"), in: id)
            return RESTAnswer(200, .object(world.object(of: message, for: self.viewer(world))))
        case .createMessage: return try self.create(id, &world)
        case .editMessage:
            let author = self.author(&world)
            try world.require(of: author, in: id)
            let edit = try MessageEdit(try self.body(), isPersons: self.isPersons)
            let message = try world.edit(
                try self.call.id("message"), in: id, edit, by: author.id, now: self.now)
            return RESTAnswer(200, .object(world.object(of: message, for: self.viewer(world))))
        case .deleteMessage:
            let author = self.author(&world)
            try world.require(of: author, in: id)
            try world.delete(try self.call.id("message"), in: id, by: author.id)
            return RESTAnswer(204, nil)
        case .deleteMessages:
            try world.require(.manageMessages, of: self.author(&world), in: id)
            let ids = (try self.body()["messages"]?.array ?? []).compactMap { Snowflake($0) }
            try world.delete(ids, in: id, now: self.now)
            return RESTAnswer(204, nil)
        default:
            _ = try world.log(of: id)
            let author = self.author(&world)
            try world.require(self.toWrite(in: id, world), of: author, in: id)
            try world.type(in: id, by: author.id, now: self.now)
            return RESTAnswer(204, nil)
        }
    }

    private func toWrite(in id: Snowflake, _ world: SandboxWorld) -> Permissions {
        world.threads[id] == nil ? .sendMessages : .sendMessagesInThreads
    }

    private func create(
        _ id: Snowflake, _ world: inout SandboxWorld
    ) throws(DiscordError) -> RESTAnswer {
        _ = try world.log(of: id)
        let author = self.author(&world)
        try world.require(self.toWrite(in: id, world), of: author, in: id)
        let draft = try MessageDraft(try self.body(), isPersons: self.isPersons)
        let held = world.permissions(of: author, in: id)
        guard draft.embeds.isEmpty || held.contains(.embedLinks) else { throw .missingPermissions }
        guard draft.replyTo == nil || held.contains(.readMessageHistory) else {
            throw .replyWithoutHistory
        }
        let message = try world.post(draft, in: id, by: author.id, now: self.now)
        return RESTAnswer(200, world.answer(for: message, to: self.viewer(world)))
    }

    func reactions(_ world: inout SandboxWorld) throws(DiscordError) -> RESTAnswer {
        let channel = try self.call.id("channel")
        let message = try self.call.id("message")
        _ = try world.parent(of: channel)
        let route = self.call.route
        let emoji = route == .clearReactions ? nil : try self.call.emoji()
        guard route != .reactions else {
            return try self.whoReacted(try self.call.emoji(), message, channel, world)
        }
        let author = self.author(&world)
        try world.require(of: author, in: channel)
        switch (route, emoji) {
        case (.react, let emoji?):
            try world.require(.readMessageHistory, of: author, in: channel)
            try world.react(emoji, to: message, in: channel, by: author)
        case (.unreact, let emoji?):
            try world.unreact(emoji, to: message, in: channel, of: author.id)
        case (.unreactOther, let emoji?):
            let user = try self.call.id("user")
            if user != author.id { try world.require(.manageMessages, of: author, in: channel) }
            try world.unreact(emoji, to: message, in: channel, of: user)
        default:
            try world.require(.manageMessages, of: author, in: channel)
            try world.clearReactions(emoji, of: message, in: channel)
        }
        return RESTAnswer(204, nil)
    }

    private func whoReacted(
        _ emoji: Emoji, _ id: Snowflake, _ channel: Snowflake, _ world: SandboxWorld
    ) throws(DiscordError) -> RESTAnswer {
        try world.require(.readMessageHistory, of: self.asker(world), in: channel)
        var errors = FormErrors()
        let limit = self.call.query["limit"].map { Int64($0) ?? 0 } ?? 25
        errors.range(limit, 1...100, ["limit"])
        try errors.check()
        let after = self.call.query["after"].flatMap { Snowflake(text: $0) } ?? Snowflake(0)
        let reaction = try world.message(id, in: channel).reactions.first { $0.emoji == emoji }
        let users = (reaction?.users ?? []).sorted().filter { $0 > after }.prefix(Int(limit))
        return RESTAnswer(200, .array(users.compactMap { world.users[$0]?.json }))
    }
}
