import Logging
import Protocol
import Synchronization

/// Holds new posts back while too many are made or open: carries out what ``PostQueue`` says.
final class PostAdmission: Sendable {
    private struct State {
        var queue: PostQueue
        var hasSaid = false
    }

    private let api: any DiscordAPI
    private let bot: Snowflake
    private let forum: DiscordChannel
    private let openMax: Int
    private let advice: Advice
    private let logger: Logger
    private let start = ContinuousClock.now
    private let state: Mutex<State>

    /// An admission of so many posts a minute, up to so many that are open.
    init(
        api: any DiscordAPI, bot: Snowflake, forum: DiscordChannel, perMinute: Int, openMax: Int,
        advice: Advice, logger: Logger
    ) {
        self.api = api
        self.bot = bot
        self.forum = forum
        self.openMax = openMax
        self.advice = advice
        self.logger = logger
        self.state = Mutex(State(queue: PostQueue(perMinute: perMinute)))
    }

    /// Until a conversation may ask again for its post; `nil` if it may be made now.
    func wait(for conversation: ConversationID) async -> (after: Duration, reason: String)? {
        if let refusal = await self.refusal() { return refusal }
        let now = ContinuousClock.now - self.start
        let (verdict, count, isNews) = self.state.withLock { state in
            let verdict = state.queue.ask(conversation, at: now)
            let isNews = !state.hasSaid && verdict != .go
            state.hasSaid = isNews || (state.hasSaid && state.queue.count > 0)
            return (verdict, state.queue.count, isNews)
        }
        guard case .wait(let wait) = verdict else { return nil }
        if isNews {
            self.logger.warning(
                "new conversations come faster than posts are made",
                metadata: ["waiting": "\(count)"])
        }
        return (wait, "others wait for their posts, too")
    }

    /// Whether as many posts are open as may be.
    private func refusal() async -> (after: Duration, reason: String)? {
        guard let guild = self.forum.guild else { return nil }
        switch await self.api.activeThreads(of: guild) {
        case .ok(let page):
            let open = page.threads.filter { $0.parent == self.forum.id && $0.owner == self.bot }
            guard open.count >= self.openMax else {
                self.advice.mended(.posts)
                return nil
            }
            self.advice.give(
                .posts,
                "\(self.openMax) conversations are open in the channel \(self.forum.id): new ones "
                    + "wait. Close or delete posts that nobody needs, or raise DISCORD_OPEN_POSTS.")
            return (.seconds(60), "as many posts are open as may be")
        case .rejected(let rejection): return (.seconds(60), rejection.description)
        case .postponed(let wait, let reason): return (wait, reason)
        case .unknown(let reason): return (DeliveryVerdict.lossWait, reason)
        }
    }
}
