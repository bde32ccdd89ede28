import Protocol

/// Looks for the post whose card holds a conversation's uid, among our bot's own, active ones first.
struct PostSearch: Sendable {
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
    ) async -> DiscordOutcome<Snowflake?> {
        var outcome: DiscordOutcome<Snowflake?> = .ok(nil)
        await self.eachPage { page in
            outcome = await self.look(in: page, for: conversation, except: lost)
            return outcome == .ok(nil)
        } failed: {
            outcome = $0
        }
        return outcome
    }

    /// Goes through active and then archived posts, until `body` has enough.
    private func eachPage(
        _ body: ([DiscordChannel]) async -> Bool,
        failed: (DiscordOutcome<Snowflake?>) -> Void
    ) async {
        if let guild = self.forum.guild {
            let active = await self.api.activeThreads(of: guild)
            guard case .ok(let page) = active else { return failed(active.map { _ in nil }) }
            guard await body(page.threads) else { return }
        }
        var before: String?
        while true {
            let archived = await self.api.archivedThreads(of: self.forum.id, before: before)
            guard case .ok(let page) = archived else { return failed(archived.map { _ in nil }) }
            guard await body(page.threads), page.hasMore, let last = page.threads.last?.archivedAt,
                last != before
            else { return }
            before = last
        }
    }

    private func look(
        in threads: [DiscordChannel], for conversation: ConversationID, except lost: Snowflake?
    ) async -> DiscordOutcome<Snowflake?> {
        let ours = threads.filter { thread in
            thread.parent == self.forum.id && thread.owner == self.bot && thread.id != lost
                && self.book.entry(of: thread.id) == nil
        }
        for thread in ours.sorted(by: { $0.id > $1.id }) {
            // A post's first message has the post's own id.
            switch await self.api.message(thread.id, in: thread.id) {
            case .ok(let starter):
                if Card.stands(in: starter, for: conversation) { return .ok(thread.id) }
            // The card was deleted: this post can't be told apart, and isn't adopted.
            case .rejected(let rejection)
            where rejection.isUnknownMessage || rejection.isUnknownChannel:
                continue
            case .rejected(let rejection): return .rejected(rejection)
            case .postponed(let wait, let reason): return .postponed(after: wait, reason: reason)
            case .unknown(let reason): return .unknown(reason: reason)
            }
        }
        return .ok(nil)
    }
}
