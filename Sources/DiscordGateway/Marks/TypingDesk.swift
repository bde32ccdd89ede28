import Protocol
import Synchronization

/// Shows each side that the other one types. Nothing waits for it, and nothing of it is tried again.
final class TypingDesk: Sendable {
    private struct State {
        /// Discord shows it for 10 s.
        var toDiscord = Throttle<Snowflake>(distance: .seconds(8))
        /// The page shows it for 10 s; Discord tells it about as often.
        var toVisitor = Throttle<Snowflake>(distance: .seconds(3))
    }

    private let api: any DiscordAPI
    private let box: any BoxConnection
    private let book: PostBook
    private let start = ContinuousClock.now
    private let state = Mutex(State())
    private let (posts, told) = AsyncStream.makeStream(
        of: Snowflake.self, bufferingPolicy: .bufferingNewest(32))

    /// A desk between the two.
    init(api: any DiscordAPI, box: any BoxConnection, book: PostBook) {
        self.api = api
        self.box = box
        self.book = book
    }

    private var now: Duration { ContinuousClock.now - self.start }

    /// A visitor types.
    func visitorTypes(in conversation: ConversationID) {
        guard let post = self.book.post(of: conversation),
            self.state.withLock({ $0.toDiscord.admits(post, at: self.now) })
        else { return }
        self.told.yield(post)
    }

    /// An operator types in one of our posts.
    func operatorTypes(_ name: String, in entry: PostBook.Entry) {
        guard self.state.withLock({ $0.toVisitor.admits(entry.post, at: self.now) }) else { return }
        self.box.signal(Signal(conversation: entry.conversation, kind: .typing, name: name))
    }

    /// Tells Discord, until cancelled.
    func run() async {
        for await post in self.posts { _ = await self.api.type(in: post) }
    }
}
