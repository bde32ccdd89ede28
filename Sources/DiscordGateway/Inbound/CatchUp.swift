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
    /// Finds our own posts.
    var search: PostSearch
    /// For what happened.
    var logger: Logger

    /// Posts whose newest messages are compared with what is stored, to find edits and deletions.
    static let comparedMax = 200

    /// Unbound posts in the archive that are looked at, the newest ones: hardly ever is there one that
    /// isn't closed for good.
    private static let closedMax = 20

    private struct Listing {
        var newest: [Snowflake: Snowflake] = [:]
        var threads: [DiscordChannel] = []
    }

    /// Decides on every post; repeats what fails until it succeeds.
    func run(for session: DispatchNumber) async throws {
        self.book.load(try await self.box.allBindings())
        var found: Listing?
        var wait = Duration.seconds(1)
        while found == nil {
            found = await self.list()
            guard found == nil else { break }
            try await ContinuousClock().sleep(for: wait)
            wait = min(wait * 2, .seconds(60))
        }
        guard let listing = found else { return }
        self.decide(by: listing.newest)
        let unbound = self.search.unbound(among: listing.threads)
        let closed = unbound.filter(\.isArchived).prefix(Self.closedMax)
        self.desk.appeared(
            unbound.filter { !$0.isArchived }.map(\.id) + closed.map(\.id), by: session)
        self.desk.listed(for: session)
    }

    private func decide(by newest: [Snowflake: Snowflake]) {
        let recent = Set(
            newest.sorted { $0.value > $1.value }.prefix(Self.comparedMax).map(\.key))
        let gone = self.book.gone
        var count = 0
        for entry in self.book.entries {
            let known = entry.mark ?? entry.post
            // A post that no list shows was deleted, or went from one list to the other meanwhile:
            // reading tells, once.
            let isUnlisted = newest[entry.post] == nil && !gone.contains(entry.post)
            let isMissed = newest[entry.post].map { $0 > known } ?? isUnlisted
            if isMissed { count += 1 }
            self.desk.decided(
                entry.post, readBack: isMissed,
                comparing: isUnlisted || recent.contains(entry.post))
        }
        self.logger.info("catching up", metadata: ["posts": "\(count)"])
    }

    /// The newest message of each post of ours, and whatever was listed for that: all open posts, and
    /// at least the newest archived ones; `nil` if a list couldn't be had whole.
    private func list() async -> Listing? {
        var listing = Listing()
        func note(_ threads: [DiscordChannel]) {
            listing.threads += threads
            for thread in threads where self.book.entry(of: thread.id) != nil {
                // Without a newest message nothing was written below the card.
                listing.newest[thread.id] = thread.lastMessage ?? thread.id
            }
        }
        if let guild = self.forum.guild {
            guard case .ok(let page) = await self.api.activeThreads(of: guild) else { return nil }
            note(page.threads)
        }
        var before: String?
        let sought = self.book.entries.count - self.book.gone.count
        while before == nil || listing.newest.count < sought {
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
        return listing
    }
}
