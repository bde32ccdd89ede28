/// What can be read without changing anything.
extension SandboxWorld {
    /// The post of that id.
    func thread(_ id: Snowflake) throws(DiscordError) -> ForumThread {
        if let thread = self.threads[id] { return thread }
        throw id == Fixture.forum ? .messageToForum : .unknownChannel
    }

    /// A page of a post's messages, newest first whatever the anchor is.
    func messages(
        in channel: Snowflake, _ page: MessagePage
    ) throws(DiscordError) -> [Message] {
        guard channel != Fixture.forum else { throw .wrongChannelType }
        let thread = try self.thread(channel)
        let all = thread.messages
        let range: Range<Int>
        switch page.anchor {
        case .newest: range = max(0, all.count - page.limit)..<all.count
        case .before(let id):
            let end = thread.index(of: id)
            range = max(0, end - page.limit)..<end
        case .after(let id):
            // The page holds those that follow the anchor at once, not the newest ones.
            let index = thread.index(of: id)
            let start = index < all.count && all[index].id == id ? index + 1 : index
            range = start..<min(all.count, start + page.limit)
        case .around(let id):
            let middle = thread.index(of: id)
            let start = max(0, middle - page.limit / 2)
            range = start..<min(all.count, start + page.limit)
        }
        return all[range].reversed()
    }

    /// A message of a post.
    func message(
        _ id: Snowflake, in channel: Snowflake
    ) throws(DiscordError) -> Message {
        guard let message = try self.thread(channel).message(id) else { throw .unknownMessage }
        return message
    }

    /// All open posts, newest first.
    var activeThreads: [ForumThread] {
        self.threads.values.filter { !$0.isArchived }.sorted { $0.id > $1.id }
    }

    /// Archived posts, most recently archived first, those before a time only.
    func archivedThreads(
        before milliseconds: Int64?, limit: Int
    ) -> (threads: [ForumThread], hasMore: Bool) {
        let all = self.threads.values
            .filter { $0.isArchived && $0.archiveMilliseconds < milliseconds ?? .max }
            .sorted { ($0.archiveMilliseconds, $0.id) > ($1.archiveMilliseconds, $1.id) }
        return (Array(all.prefix(limit)), all.count > limit)
    }

    /// IDENTIFYs of the last 24 hours.
    func identifies(now: Int64) -> [Int64] {
        self.identifies.filter { $0 > now - 86_400_000 }
    }
}
