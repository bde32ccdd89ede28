import Protocol

/// Looks for the post whose card holds a conversation's uid, among our bot's own, active ones first.
struct PostSearch: Sendable {
    /// A post that was found.
    struct Found: Equatable, Sendable {
        /// The post.
        var post: Snowflake
        /// Whether its card stands; a text channel's post may lack it.
        var hasCard: Bool
    }

    /// Discord.
    var api: any DiscordAPI
    /// Which posts are bound already; they need no look.
    var book: PostBook
    /// Our bot's own user.
    var bot: Snowflake
    /// The forum.
    var forum: DiscordChannel

    /// The conversation's post, or `nil` if every post was looked at and none is it.
    func post(
        with conversation: ConversationID, except lost: Snowflake?
    ) async -> DiscordOutcome<Found?> {
        var outcome: DiscordOutcome<Found?> = .ok(nil)
        await self.eachPage { page in
            outcome = await self.look(in: page, for: conversation, except: lost)
            return outcome == .ok(nil)
        } failed: {
            outcome = $0
        }
        return outcome
    }

    /// A post's card; `nil` if it has none, or none any more.
    func card(of post: Snowflake) async -> DiscordOutcome<DiscordMessage?> {
        let outcome: DiscordOutcome<DiscordMessage?>
        if self.forum.isText {
            outcome = await self.api.messages(in: post, after: post).map { page in
                page.first { $0.author?.id == self.bot && Card.conversation(of: $0) != nil }
            }
        } else {
            // A forum post's first message has the post's own id.
            outcome = await self.api.message(post, in: post).map { $0 }
        }
        if case .rejected(let rejection) = outcome,
            rejection.isUnknownMessage || rejection.isUnknownChannel
        {
            return .ok(nil)
        }
        return outcome
    }

    /// Our bot's own posts that no conversation is bound to.
    func unbound(among threads: [DiscordChannel]) -> [DiscordChannel] {
        threads.filter { thread in
            thread.parent == self.forum.id && thread.owner == self.bot
                && self.book.entry(of: thread.id) == nil
        }.sorted { $0.id > $1.id }
    }

    /// All posts of our forum, active and archived.
    func all() async -> DiscordOutcome<[DiscordChannel]> {
        var all: [DiscordChannel] = []
        var outcome: DiscordOutcome<Found?> = .ok(nil)
        await self.eachPage {
            all += $0.filter { $0.parent == self.forum.id }
            return true
        } failed: {
            outcome = $0
        }
        return outcome.map { _ in all }
    }

    /// Whether we have closed a post with our last word; `nil` if that can't be found out.
    func isFinished(_ post: DiscordChannel) async -> Bool? {
        // Whoever writes in a closed post opens it.
        guard post.isArchived else { return false }
        switch await self.api.newestMessages(in: post.id) {
        case .ok(let page):
            let last = page.max { $0.id < $1.id }
            return last.map { $0.author?.id == self.bot && Notice.isLastWord($0) } ?? false
        case .rejected(let rejection) where rejection.isUnknownChannel: return true
        case .rejected, .postponed, .unknown: return nil
        }
    }

    /// Goes through active posts, then archived ones, and then active ones again: whoever writes in an
    /// archived post takes it from the second list to the first. Each comes once, until `body` has
    /// enough.
    private func eachPage(
        _ body: ([DiscordChannel]) async -> Bool,
        failed: (DiscordOutcome<Found?>) -> Void
    ) async {
        var seen: Set<Snowflake> = []
        func isEnough(_ threads: [DiscordChannel]) async -> Bool {
            let new = threads.filter { seen.insert($0.id).inserted }
            return await !body(new)
        }
        /// Whether to go on.
        func listActive() async -> Bool {
            guard let guild = self.forum.guild else { return true }
            switch await self.api.activeThreads(of: guild) {
            case .ok(let page): return await !isEnough(page.threads)
            case let other:
                failed(other.map { _ in .some(nil) })
                return false
            }
        }
        guard await listActive() else { return }
        var before: String?
        while true {
            let archived = await self.api.archivedThreads(of: self.forum.id, before: before)
            guard case .ok(let page) = archived else {
                return failed(archived.map { _ in .some(nil) })
            }
            guard await !isEnough(page.threads) else { return }
            guard page.hasMore, let last = page.threads.last?.archivedAt, last != before else {
                break
            }
            before = last
        }
        _ = await listActive()
    }

    private func look(
        in threads: [DiscordChannel], for conversation: ConversationID, except lost: Snowflake?
    ) async -> DiscordOutcome<Found?> {
        for thread in self.unbound(among: threads) where thread.id != lost {
            switch await self.card(of: thread.id) {
            case .ok(let card?):
                if Card.stands(in: card, for: conversation) {
                    return .ok(Found(post: thread.id, hasCard: true))
                }
            // A text channel's post is named before it has its card, and a forum's card may have been
            // deleted. A visitor's own name stands before the id, and can't pass for it.
            case .ok(nil):
                if thread.name?.hasSuffix(PostName.shortID(conversation)) == true {
                    return .ok(Found(post: thread.id, hasCard: false))
                }
            case .rejected(let rejection): return .rejected(rejection)
            case .postponed(let wait, let reason): return .postponed(after: wait, reason: reason)
            case .unknown(let reason): return .unknown(reason: reason)
            }
        }
        return .ok(nil)
    }
}
