import Logging
import Protocol

/// Finds out, after a new session began, in which posts something was missed, and has them read.
struct CatchUp: Sendable {
    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Which posts are ours, and how far they were read.
    var book: PostBook
    /// Where posts wait.
    var desk: InboundDesk
    /// Our forum.
    var forum: DiscordChannel
    /// For what happened.
    var logger: Logger

    /// Decides on every post; repeats what fails until it succeeds.
    func run(for session: DispatchNumber) async throws {
        self.book.load(try await self.box.allBindings())
        var newest: [Snowflake: Snowflake]?
        var wait = Duration.seconds(1)
        while newest == nil {
            newest = await self.newestMessages()
            guard newest == nil else { break }
            try await ContinuousClock().sleep(for: wait)
            wait = min(wait * 2, .seconds(60))
        }
        var count = 0
        for entry in self.book.entries {
            let known = entry.mark ?? entry.post
            // A post that no list shows was deleted, or its list was cut short: reading tells.
            let isMissed = newest?[entry.post].map { $0 > known } ?? true
            if isMissed { count += 1 }
            self.desk.decided(entry.post, readBack: isMissed)
        }
        self.desk.listed(for: session)
        self.logger.info("catching up", metadata: ["posts": "\(count)"])
    }

    /// The newest message of each post of ours, or `nil` if a list couldn't be had whole.
    private func newestMessages() async -> [Snowflake: Snowflake]? {
        var newest: [Snowflake: Snowflake] = [:]
        func note(_ threads: [DiscordChannel]) {
            for thread in threads where self.book.entry(of: thread.id) != nil {
                // Without a newest message nothing was written below the card.
                newest[thread.id] = thread.lastMessage ?? thread.id
            }
        }
        if let guild = self.forum.guild {
            guard case .ok(let page) = await self.api.activeThreads(of: guild) else { return nil }
            note(page.threads)
        }
        var before: String?
        while newest.count < self.book.entries.count {
            guard
                case .ok(let page) = await self.api.archivedThreads(
                    of: self.forum.id, before: before)
            else { return nil }
            note(page.threads)
            guard page.hasMore, let last = page.threads.last?.archivedAt, last != before else {
                break
            }
            before = last
        }
        return newest
    }
}
