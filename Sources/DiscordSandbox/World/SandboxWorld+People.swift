/// People, roles, channels and the application, and what changes them.
extension SandboxWorld {
    /// The person of that name; the first call makes them a member of the guild.
    mutating func user(named name: String, now: Int64) -> User {
        if let user = self.member(named: name) { return user }
        let user = self.stranger(named: name, now: now)
        self.commit(.userSaved(user))
        return user
    }

    /// The person of that name, as they would join.
    func stranger(named name: String, now: Int64) -> User {
        User(id: self.nextID(now), name: name, isBot: false, roles: [Fixture.team])
    }

    /// Changes what a person is in this guild.
    mutating func save(_ user: User) {
        guard self.users[user.id] != user else { return }
        self.commit(.userSaved(user), telling: .memberUpdated(user))
    }

    /// Makes or changes a role.
    mutating func save(_ role: Role) {
        let former = self.roles[role.id]
        guard former != role else { return }
        let seen = self.channelsSeenByBot
        self.commit(
            .roleSaved(role), telling: former == nil ? .roleCreated(role) : .roleUpdated(role))
        self.showAgain(since: seen)
    }

    /// Takes a role away; those of the beginning that others rely on stay.
    mutating func delete(_ role: Role) {
        let seen = self.channelsSeenByBot
        self.commit(.roleDeleted(role.id), telling: .roleDeleted(role))
        self.showAgain(since: seen)
    }

    /// The role of that name or id.
    func role(_ text: String) -> Role? {
        Snowflake(text: text).flatMap { self.roles[$0] }
            ?? self.roles.values.first { $0.name == text }
    }

    /// Puts an overwrite in the place of the one for the same role or member; one that neither
    /// allows nor denies is taken away.
    mutating func save(_ overwrite: PermissionOverwrite, of id: Snowflake) throws(DiscordError) {
        guard var channel = self.channels[id] else { throw .unknownChannel }
        let seen = self.channelsSeenByBot
        channel.overwrites.removeAll { $0.id == overwrite.id }
        if !overwrite.allow.isEmpty || !overwrite.deny.isEmpty {
            channel.overwrites.append(overwrite)
        }
        guard channel.overwrites != self.channels[id]?.overwrites else { return }
        self.commit(.channelSaved(channel), telling: .channelUpdated(channel))
        self.showAgain(since: seen)
    }

    /// Removes a channel with its threads.
    mutating func deleteChannel(_ id: Snowflake) throws(DiscordError) {
        guard let channel = self.channels[id] else { throw .unknownChannel }
        self.commit(.channelDeleted(id), telling: .channelDeleted(channel))
    }

    /// Makes a channel of the beginning again, empty.
    mutating func restoreChannel(_ id: Snowflake) throws(DiscordError) {
        guard let channel = Fixture.channels.first(where: { $0.id == id }) else {
            throw .unknownChannel
        }
        guard self.channels[id] == nil else { return }
        self.commit(.channelSaved(channel), telling: .channelCreated(channel))
    }

    /// Turns the application's switches.
    mutating func save(_ application: ApplicationState) {
        guard self.application != application else { return }
        self.commit(.applicationSaved(application))
    }

    /// Counts a bot's IDENTIFY.
    mutating func countIdentify(now: Int64) {
        self.commit(.identified(milliseconds: now))
    }

    private var channelsSeenByBot: Set<Snowflake> {
        Set(self.channels.keys.filter { self.botSees($0) })
    }

    /// Tells of the threads of channels that the bot sees now and didn't before.
    private mutating func showAgain(since seen: Set<Snowflake>) {
        for id in self.channelsSeenByBot.subtracting(seen).sorted() {
            self.tell(.threadsShown(id))
        }
    }
}
