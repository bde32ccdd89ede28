import StrictJSON

/// Answers REST calls from the world, and changes it. Pure.
struct RESTResponder {
    let call: RESTCall
    let caller: Caller
    let now: Int64

    /// Carries out the call.
    func answer(_ world: inout SandboxWorld) throws(DiscordError) -> RESTAnswer {
        switch self.call.route {
        case .gateway: RESTAnswer(200, ["url": .string("ws://\(self.call.host)/gateway")])
        case .gatewayBot: self.gatewayBot(world)
        case .me, .myGuilds, .user: try self.people(&world)
        case .application, .oauthApplication:
            RESTAnswer(
                200,
                ApplicationObject.json(
                    bot: world.users[Fixture.bot], owner: world.users[Fixture.owner]))
        case .guild, .guildChannels, .guildRoles, .guildMember, .activeThreads:
            try self.guild(world)
        case .channel, .updateChannel, .createThread, .archivedThreads, .joinThread:
            try self.channel(&world)
        case .messages, .message, .createMessage, .typing: try self.messages(&world)
        }
    }

    private func author(_ world: inout SandboxWorld) -> User {
        switch self.caller {
        case .bot: world.users[Fixture.bot] ?? Fixture.users[0]
        case .human(let name): world.user(named: name, now: self.now)
        }
    }

    private func gatewayBot(_ world: SandboxWorld) -> RESTAnswer {
        let used = world.identifies(now: self.now)
        let resetAfter = used.first.map { $0 + 86_400_000 - self.now } ?? 0
        return RESTAnswer(
            200,
            [
                "url": .string("ws://\(self.call.host)/gateway"), "shards": 1,
                "session_start_limit": [
                    "total": 1000, "remaining": .integer(Int64(max(0, 1000 - used.count))),
                    "reset_after": .integer(resetAfter), "max_concurrency": 1,
                ],
            ])
    }

    private func people(_ world: inout SandboxWorld) throws(DiscordError) -> RESTAnswer {
        switch self.call.route {
        case .me: return RESTAnswer(200, self.author(&world).ownJSON)
        case .myGuilds: return RESTAnswer(200, [GuildObject.mine])
        default:
            guard let user = world.users[try self.call.id("user")] else { throw .unknownUser }
            return RESTAnswer(200, user.json)
        }
    }

    private func guild(_ world: SandboxWorld) throws(DiscordError) -> RESTAnswer {
        guard try self.call.id("guild") == Fixture.guild else { throw .unknownGuild }
        switch self.call.route {
        case .guild:
            let withCounts = self.call.query["with_counts"] == "true"
            let object = GuildObject.object(withCounts: withCounts ? world.users.count : nil)
            return RESTAnswer(200, .object(object))
        case .guildChannels: return RESTAnswer(200, [ForumObject.json(world)])
        case .guildRoles: return RESTAnswer(200, RoleObjects.json)
        case .guildMember:
            guard let user = world.users[try self.call.id("user")] else { throw .unknownMember }
            return RESTAnswer(200, user.memberJSON)
        default:
            return RESTAnswer(200, ThreadListObject.json(world.activeThreads, hasMore: false))
        }
    }

    private func channel(_ world: inout SandboxWorld) throws(DiscordError) -> RESTAnswer {
        let id = try self.call.id("channel")
        switch self.call.route {
        case .channel:
            if id == Fixture.forum { return RESTAnswer(200, ForumObject.json(world)) }
            guard let thread = world.threads[id] else { throw .unknownChannel }
            return RESTAnswer(200, thread.json)
        case .createThread:
            guard id == Fixture.forum else {
                throw world.threads[id] == nil ? .unknownChannel : .wrongChannelType
            }
            let draft = try ThreadDraft(try self.body())
            let author = self.author(&world)
            let thread = world.openThread(draft, by: author.id, now: self.now)
            var object = thread.object
            if author.isBot { object["member"] = thread.ownMemberJSON }
            object["message"] = thread.messages.first.map { world.answer(for: $0) }
            return RESTAnswer(201, .object(object))
        case .updateChannel:
            guard id != Fixture.forum else { throw .wrongChannelType }
            let patch = try ThreadPatch(try self.body())
            return RESTAnswer(200, try world.update(id, patch, now: self.now).json)
        case .archivedThreads: return try self.archived(id, world)
        default:
            let thread = try world.thread(id)
            guard !thread.isArchived else { throw .threadArchived }
            return RESTAnswer(204, nil)
        }
    }

    private func archived(
        _ id: Snowflake, _ world: SandboxWorld
    ) throws(DiscordError) -> RESTAnswer {
        guard id == Fixture.forum else {
            throw world.threads[id] == nil ? .unknownChannel : .wrongChannelType
        }
        var errors = FormErrors()
        let limit = self.call.query["limit"].map { Int64($0) ?? 0 } ?? 50
        errors.range(limit, 2...100, ["limit"])
        let before = self.call.query["before"].map { Timestamp.milliseconds($0) }
        if case .some(.none) = before {
            errors.add(["before"], code: "DATE_TIME_TYPE_PARSE", "Could not parse the time.")
        }
        try errors.check()
        let page = world.archivedThreads(before: before ?? nil, limit: Int(limit))
        return RESTAnswer(200, ThreadListObject.json(page.threads, hasMore: page.hasMore))
    }

    private func messages(_ world: inout SandboxWorld) throws(DiscordError) -> RESTAnswer {
        let id = try self.call.id("channel")
        switch self.call.route {
        case .messages:
            let messages = try world.messages(in: id, MessagePage(query: self.call.query))
            let objects = messages.map { JSONValue.object(world.object(of: $0)) }
            return RESTAnswer(200, .array(objects))
        case .message:
            let message = try world.message(try self.call.id("message"), in: id)
            return RESTAnswer(200, .object(world.object(of: message)))
        case .createMessage:
            _ = try world.thread(id)
            let draft = try MessageDraft(try self.body())
            let author = self.author(&world).id
            let message = try world.post(draft, in: id, by: author, now: self.now)
            return RESTAnswer(200, world.answer(for: message))
        default:
            _ = try world.thread(id)
            try world.type(in: id, by: self.author(&world).id, now: self.now)
            return RESTAnswer(204, nil)
        }
    }

    private func body() throws(DiscordError) -> JSONValue {
        guard let body = self.call.body else { throw .invalidJSON }
        return body
    }
}
