/// What can be read without changing anything.
extension SandboxWorld {
    /// The thread of that id.
    func thread(_ id: Snowflake) throws(DiscordError) -> ChannelThread {
        if let thread = self.threads[id] { return thread }
        throw self.channels[id]?.kind == .forum ? .messageToForum : .unknownChannel
    }

    /// Where messages stand: a thread, or a text channel.
    func log(of id: Snowflake) throws(DiscordError) -> MessageLog {
        if let channel = self.channels[id], channel.kind == .text { return channel.log }
        return try self.thread(id).log
    }

    /// The channel that a thread is of, or the channel itself.
    func parent(of id: Snowflake) throws(DiscordError) -> GuildChannel {
        guard let channel = self.channels[self.threads[id]?.parent ?? id] else {
            throw .unknownChannel
        }
        return channel
    }

    /// A page of a channel's messages, newest first whatever the anchor is.
    func messages(
        in channel: Snowflake, _ page: MessagePage
    ) throws(DiscordError) -> [Message] {
        guard self.channels[channel]?.kind != .forum else { throw .wrongChannelType }
        return try self.log(of: channel).page(page)
    }

    /// A message of a thread or a text channel.
    func message(
        _ id: Snowflake, in channel: Snowflake
    ) throws(DiscordError) -> Message {
        guard self.channels[channel]?.kind != .forum else { throw .wrongChannelType }
        guard let message = try self.log(of: channel).message(id) else { throw .unknownMessage }
        return message
    }

    /// All open threads, newest first.
    var activeThreads: [ChannelThread] {
        self.threads.values.filter { !$0.isArchived }.sorted { $0.id > $1.id }
    }

    /// A channel's archived threads, most recently archived first, those before a time only.
    func archivedThreads(
        in parent: Snowflake = Fixture.forum, before milliseconds: Int64?, limit: Int
    ) -> (threads: [ChannelThread], hasMore: Bool) {
        let all = self.threads.values
            .filter {
                $0.parent == parent && $0.isArchived
                    && $0.archiveMilliseconds < milliseconds ?? .max
            }
            .sorted { ($0.archiveMilliseconds, $0.id) > ($1.archiveMilliseconds, $1.id) }
        return (Array(all.prefix(limit)), all.count > limit)
    }

    /// IDENTIFYs of the last 24 hours.
    func identifies(now: Int64) -> [Int64] {
        self.identifies.filter { $0 > now - 86_400_000 }
    }
}
