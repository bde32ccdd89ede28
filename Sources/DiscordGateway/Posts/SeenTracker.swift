import Protocol

/// Which of the visitor's events an operator must have seen, because the operator wrote or typed
/// below them, or reacted to them.
struct SeenTracker: Sendable {
    /// An event, and the id below which it stands in the post.
    struct Standing: Equatable, Sendable {
        /// The event.
        var seq: Int64
        /// Whoever acted on something newer has seen it.
        var newest: Snowflake
    }

    private struct Post {
        var standing: [Standing] = []
        /// Everything older than this was seen, also what we hear of later.
        var looked = Snowflake(0)
        var reported: Int64 = 0
    }

    /// Events that are remembered per conversation; the oldest go first.
    static let rememberedMax = 200
    /// Conversations that are remembered before all are forgotten, and learned again.
    static let conversationsMax = 2_000

    private var posts: [ConversationID: Post] = [:]
    private var learned: Set<ConversationID> = []

    /// Whether it is known what earlier processes brought into a conversation's post.
    func knows(_ conversation: ConversationID) -> Bool { self.learned.contains(conversation) }

    /// What earlier processes brought into a conversation's post, as far as it matters.
    mutating func learned(_ earlier: [Standing], in conversation: ConversationID) {
        if self.learned.count >= Self.conversationsMax {
            self.posts = [:]
            self.learned = []
        }
        self.learned.insert(conversation)
        var post = self.posts[conversation] ?? Post()
        let known = Set(post.standing.map(\.seq))
        post.standing = Array(
            (earlier.filter { !known.contains($0.seq) } + post.standing)
                .sorted { $0.seq < $1.seq }.suffix(Self.rememberedMax))
        self.posts[conversation] = post
    }

    /// An event stands in Discord. Answers up to which event all is seen, if that is news.
    mutating func delivered(_ event: Standing, in conversation: ConversationID) -> Int64? {
        if self.posts[conversation] == nil, self.posts.count >= Self.conversationsMax {
            self.posts = [:]
            self.learned = []
        }
        var post = self.posts[conversation] ?? Post()
        post.standing = (post.standing + [event]).suffix(Self.rememberedMax)
        self.posts[conversation] = post
        return self.settle(conversation, before: post.looked)
    }

    /// An operator saw what stands above a message, or all there is. Answers up to which event all
    /// is seen, if that is news.
    mutating func saw(before message: Snowflake?, in conversation: ConversationID) -> Int64? {
        if let message {
            var post = self.posts[conversation] ?? Post()
            post.looked = max(post.looked, message)
            self.posts[conversation] = post
        }
        return self.settle(conversation, before: message)
    }

    /// Nothing is kept of a conversation any more.
    mutating func forget(_ conversation: ConversationID) {
        self.posts[conversation] = nil
        self.learned.remove(conversation)
    }

    private mutating func settle(
        _ conversation: ConversationID, before message: Snowflake?
    ) -> Int64? {
        guard var post = self.posts[conversation] else { return nil }
        let isSeen = { (event: Standing) in message.map { event.newest < $0 } ?? true }
        guard let newest = post.standing.filter(isSeen).map(\.seq).max(), newest > post.reported
        else { return nil }
        post.reported = newest
        post.standing.removeAll { $0.seq <= newest }
        self.posts[conversation] = post
        return newest
    }
}
