import Logging
import Protocol

/// Takes up the posts that the broker has forgotten, after its database was put back to an earlier
/// copy: they are bound again, or closed with a word about it, and whatever operators wrote in them
/// is read. Texts of a visitor's that only Discord still has can't be given back: that is said.
struct PostRecovery: Sendable {
    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Which posts are ours.
    var book: PostBook
    /// Finds posts.
    var search: PostSearch
    /// Takes up each of them.
    var taking: PostTakeUp
    /// Whether what is read is all there is.
    var permissions: PermissionWatch
    /// Whether there is anything to do.
    var forgotten: ForgottenPosts
    /// What a post that isn't bound may be.
    var occasion: PostTakeUp.Occasion
    /// How long a request of the process before may still take effect.
    var settle: Duration
    /// Notes that it is done.
    var finished: @Sendable () async throws -> Void
    /// For what happened.
    var logger: Logger

    /// The wait after something that couldn't be done, and between two looks at what is under way.
    static let wait = Duration.seconds(5)
    /// Looks at posts with deliveries under way, ``wait`` (5 s) after each other, before they are left
    /// as they are: a minute, within which an unhindered delivery ends, and a hindered one may not keep
    /// the recovery from its end.
    private static let looksUnderWayMax = 12

    /// Works until all is done, or cancelled.
    func run() async throws {
        guard self.forgotten.mayExist else { return }
        try await ContinuousClock().sleep(for: self.settle)
        while try await !self.takeUpAll() { try await self.permissions.wait(atMost: Self.wait) }
        try await self.finished()
        self.forgotten.settled()
        self.logger.notice("posts taken up after the database was put back")
    }

    /// One attempt; answers whether nothing is left.
    func takeUpAll() async throws -> Bool {
        guard await self.permissions.mayRead(), case .ok(let posts) = await self.search.all()
        else { return false }
        self.book.load(try await self.box.allBindings())
        for post in self.search.unbound(among: posts) {
            guard try await self.taking.takeUp(post, self.occasion) == .done else { return false }
        }
        // Those that were active last come first.
        let own = posts.filter { self.book.entry(of: $0.id) != nil }
            .sorted { $0.lastMessage ?? $0.id > $1.lastMessage ?? $1.id }
        return try await self.sayWhatIsLost(in: Array(own.prefix(CatchUp.comparedMax)))
    }

    // MARK: What only Discord still has

    private func sayWhatIsLost(in posts: [DiscordChannel]) async throws -> Bool {
        var left = posts
        for _ in 0..<Self.looksUnderWayMax {
            var underWay: [DiscordChannel] = []
            let handled = Dictionary(
                try await self.box.allBindings().map { ($0.conversation, $0.handled) },
                uniquingKeysWith: max)
            for post in left {
                guard let entry = self.book.entry(of: post.id) else { continue }
                do {
                    let newest = try await self.box.newestEvents(of: entry.conversation).last {
                        $0.key == nil
                    }
                    // What the copy holds undelivered may be found in the post yet.
                    if let newest, newest.seq > handled[entry.conversation] ?? 0 {
                        underWay.append(post)
                    } else {
                        guard try await self.sayWhatIsLost(in: post, entry) else { return false }
                    }
                } catch let refused as Refused where refused.code == .conversationGone {
                    // Its erasure removes the post.
                    continue
                }
            }
            guard !underWay.isEmpty else { return true }
            left = underWay
            try await ContinuousClock().sleep(for: Self.wait)
        }
        return true
    }

    private func sayWhatIsLost(
        in post: DiscordChannel, _ entry: PostBook.Entry
    ) async throws -> Bool {
        guard case .ok(let page) = await self.api.newestMessages(in: post.id) else { return false }
        let reading = PartDelivery.Reading(
            messages: page.sorted { $0.id < $1.id }, bot: self.search.bot)
        let texts = reading.visitors.map(\.id)
        let known = try await self.box.known(texts, in: entry.conversation)
        let lost = Set(texts).subtracting(known.compactMap { Snowflake($0.id) })
        guard let newest = lost.max() else { return true }
        let isSaid = page.contains {
            $0.id > newest && reading.isNotice($0) && $0.extras.embedTexts.contains(Notice.lostText)
        }
        guard !isSaid else { return true }
        guard self.box.isFresh,
            case .ok = await self.api.createNotice(in: post.id, .lost(in: post.id))
        else { return false }
        // To write in an archived post takes it out of the archive.
        if post.isArchived { _ = await self.api.archive(post.id, true) }
        self.logger.notice(
            "messages stand only in Discord",
            metadata: ["conversation": "\(entry.conversation)", "post": "\(post.id)"])
        return true
    }
}
