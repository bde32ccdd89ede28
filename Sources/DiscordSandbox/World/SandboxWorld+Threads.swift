import StrictJSON

/// Threads: a forum's posts and a text channel's threads.
extension SandboxWorld {
    /// Makes a post of a forum with its first message, both with the same id, or a thread of a text
    /// channel, which tells of it in a message of its own.
    mutating func openThread(
        _ draft: ThreadDraft, in parent: Snowflake = Fixture.forum, by author: Snowflake,
        now: Int64
    ) -> ChannelThread {
        let id = self.nextID(now)
        self.open(draft, id: id, parent: parent, author, now)
        if let first = draft.message {
            let message = self.message(first, id: id, channel: id, author: author)
            self.commit(.messagePosted(message))
            self.tellOfThread(id)
            self.tell(.messageCreated(message))
        } else {
            self.tellOfThread(id)
            let notice = Message(
                id: self.nextID(now), channel: parent, author: author,
                kind: Message.Kind.threadCreated, content: draft.name,
                reference: ["type": 0, "channel_id": id.json, "guild_id": Fixture.guild.json])
            self.commit(.messagePosted(notice), telling: .messageCreated(notice))
        }
        return self.threads[id] ?? draft.thread(id: id, parent: parent, owner: author, now: now)
    }

    /// Hangs a thread on a message of a text channel; both have the same id.
    mutating func openThread(
        _ draft: ThreadDraft, on message: Snowflake, in parent: Snowflake, by author: Snowflake,
        now: Int64
    ) throws(DiscordError) -> ChannelThread {
        var origin = try self.message(message, in: parent)
        guard self.threads[message] == nil else { throw .threadExists }
        self.open(draft, id: message, parent: parent, author, now)
        self.tellOfThread(message)
        origin.flags |= Message.Flags.hasThread
        self.commit(.messageChanged(origin), telling: .messageUpdated(origin))
        let starter = Message(
            id: self.nextID(now), channel: message, author: author,
            kind: Message.Kind.threadStarter, content: "",
            reference: [
                "type": 0, "channel_id": parent.json, "message_id": message.json,
                "guild_id": Fixture.guild.json,
            ])
        self.commit(.messagePosted(starter), telling: .messageCreated(starter))
        return try self.thread(message)
    }

    private mutating func open(
        _ draft: ThreadDraft, id: Snowflake, parent: Snowflake, _ author: Snowflake, _ now: Int64
    ) {
        self.commit(.threadOpened(draft.thread(id: id, parent: parent, owner: author, now: now)))
    }

    private mutating func tellOfThread(_ id: Snowflake) {
        if let thread = self.threads[id] { self.tell(.threadCreated(thread)) }
    }

    /// Changes a thread's name, tags or state; a new name is also told in a message of its own.
    mutating func update(
        _ channel: Snowflake, _ patch: ThreadPatch, by author: Snowflake = Fixture.bot,
        now: Int64
    ) throws(DiscordError) -> ChannelThread {
        let thread = try self.thread(channel)
        guard !thread.isArchived || patch.isArchived == false || !patch.changesMore else {
            throw .threadArchived
        }
        if thread.isArchived, patch.isArchived == false { try self.checkRoomForThread() }
        self.change(thread, now: now) { thread in
            thread.name = patch.name ?? thread.name
            thread.isLocked = patch.isLocked ?? thread.isLocked
            thread.autoArchiveMinutes = patch.autoArchiveMinutes ?? thread.autoArchiveMinutes
            thread.appliedTags = patch.appliedTags ?? thread.appliedTags
            thread.isArchived = patch.isArchived ?? thread.isArchived
        }
        if let name = patch.name, name != thread.name {
            let notice = Message(
                id: self.nextID(now), channel: channel, author: author,
                kind: Message.Kind.nameChange, content: name)
            self.commit(.messagePosted(notice), telling: .messageCreated(notice))
        }
        return try self.thread(channel)
    }

    /// Deletes a thread with all that stands in it.
    mutating func deleteThread(_ id: Snowflake) throws(DiscordError) -> ChannelThread {
        let thread = try self.thread(id)
        self.commit(.threadDeleted(id), telling: .threadDeleted(thread))
        return thread
    }

    /// Refuses another open thread where there are as many as the guild may have.
    func checkRoomForThread() throws(DiscordError) {
        let count = self.threads.values.count { !$0.isArchived }
        guard count < self.activeThreadsMax else { throw .tooManyThreads }
    }

    /// Whether somebody may do what only moderators of a thread may.
    func manages(_ user: Snowflake, _ thread: Snowflake) -> Bool {
        self.users[user].map {
            self.permissions(of: $0, in: thread).contains(.manageThreads)
        } ?? false
    }

    mutating func change(
        _ thread: ChannelThread, now: Int64, _ body: (inout ChannelThread) -> Void
    ) {
        var changed = thread
        body(&changed)
        guard changed != thread else { return }
        if changed.isArchived != thread.isArchived {
            // No two of them at the same time: lists of archived threads are paged by it.
            let latest = self.threads.values.map(\.archiveMilliseconds).max() ?? 0
            changed.archiveMilliseconds = max(now, latest + 1)
        }
        self.commit(.threadChanged(changed), telling: .threadUpdated(changed))
    }
}
