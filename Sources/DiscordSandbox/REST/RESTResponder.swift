import StrictJSON

/// Answers REST calls from the world, and changes it. Pure.
struct RESTResponder {
    let call: RESTCall
    let caller: Caller
    let now: Int64
    /// What is left of the bot's sessions.
    var starts = SessionStarts()

    /// Carries out the call.
    func answer(_ world: inout SandboxWorld) throws(DiscordError) -> RESTAnswer {
        switch self.call.route {
        case .gateway: RESTAnswer(200, ["url": .string("ws://\(self.call.host)/gateway")])
        case .gatewayBot: self.gatewayBot(world)
        case .me, .myGuilds, .user: try self.people(&world)
        case .application, .oauthApplication: RESTAnswer(200, world.applicationJSON)
        case .guild, .guildChannels, .guildRoles, .guildMember, .activeThreads:
            try self.guild(world)
        case .channel, .updateChannel, .deleteChannel, .createThread, .createThreadOnMessage,
            .archivedThreads, .joinThread:
            try self.channel(&world)
        case .messages, .message, .createMessage, .editMessage, .deleteMessage, .deleteMessages,
            .typing:
            try self.messages(&world)
        case .reactions, .react, .unreact, .unreactOther, .clearEmoji, .clearReactions:
            try self.reactions(&world)
        }
    }

    /// Who asks, made a member if they weren't.
    func author(_ world: inout SandboxWorld) -> User {
        switch self.caller {
        case .bot: world.users[Fixture.bot] ?? Fixture.users[0]
        case .human(let name): world.user(named: name, now: self.now)
        }
    }

    /// Who asks, without a trace in the world: whoever only looks doesn't join.
    func asker(_ world: SandboxWorld) -> User {
        switch self.caller {
        case .bot: world.users[Fixture.bot] ?? Fixture.users[0]
        case .human(let name):
            world.member(named: name) ?? world.stranger(named: name, now: self.now)
        }
    }

    var isPersons: Bool { self.caller != .bot }

    /// How the asker sees messages.
    func viewer(_ world: SandboxWorld) -> Viewer {
        Viewer(
            user: self.asker(world).id,
            showsContent: self.isPersons || world.application.messageContent)
    }

    func body() throws(DiscordError) -> JSONValue {
        guard let body = self.call.body else { throw .invalidJSON }
        return body
    }

    private func gatewayBot(_ world: SandboxWorld) -> RESTAnswer {
        RESTAnswer(
            200,
            [
                "url": .string("ws://\(self.call.host)/gateway"), "shards": 1,
                "session_start_limit": self.starts.json(
                    world.identifies(now: self.now), now: self.now),
            ])
    }

    private func people(_ world: inout SandboxWorld) throws(DiscordError) -> RESTAnswer {
        switch self.call.route {
        case .me: return RESTAnswer(200, self.author(&world).ownJSON)
        case .myGuilds:
            let user = self.asker(world)
            let held = user.roles.reduce(world.roles[Fixture.guild]?.permissions ?? []) {
                $0.union(world.roles[$1]?.permissions ?? [])
            }
            return RESTAnswer(200, [GuildObject.mine(held)])
        default:
            guard let user = world.users[try self.userID(world)] else { throw .unknownUser }
            return RESTAnswer(200, user.json)
        }
    }

    /// The path's user; `@me` is who asks.
    func userID(_ world: SandboxWorld) throws(DiscordError) -> Snowflake {
        self.call.parameters["user"] == "@me"
            ? self.asker(world).id : try self.call.id("user")
    }

    private func guild(_ world: SandboxWorld) throws(DiscordError) -> RESTAnswer {
        guard try self.call.id("guild") == Fixture.guild else { throw .unknownGuild }
        let asker = self.asker(world)
        let sees = { (id: Snowflake) in
            world.permissions(of: asker, in: id).contains(.viewChannel)
        }
        switch self.call.route {
        case .guild:
            let withCounts = self.call.query["with_counts"] == "true"
            return RESTAnswer(200, .object(GuildObject.object(world, withCounts: withCounts)))
        case .guildChannels:
            // What one may not see isn't there; only the gateway tells that it exists.
            let channels = world.channelList.filter { sees($0.id) }
            return RESTAnswer(200, .array(channels.map { world.object(of: $0) }))
        case .guildRoles: return RESTAnswer(200, world.rolesJSON)
        case .guildMember:
            guard let user = world.users[try self.userID(world)] else { throw .unknownMember }
            return RESTAnswer(200, user.memberJSON)
        default:
            let threads = world.activeThreads.filter { sees($0.id) }
            return RESTAnswer(200, ThreadListObject.json(threads, hasMore: false))
        }
    }
}
