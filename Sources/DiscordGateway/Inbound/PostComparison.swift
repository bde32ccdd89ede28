import Logging
import Protocol

/// Finds edits and deletions that nobody told us: carries out what ``PostDifferences`` says.
struct PostComparison: Sendable {
    /// Discord.
    var api: any DiscordAPI
    /// The broker.
    var box: any BoxConnection
    /// Which posts are ours, and how far they were read.
    var book: PostBook
    /// Where posts wait for it.
    var desk: InboundDesk
    /// Tells the broker what is found.
    var relay: OperatorRelay
    /// Whether what is read is all there is.
    var permissions: PermissionWatch
    /// For what happened.
    var logger: Logger

    /// How long one post that can't be compared holds up the others.
    private static let waitMax = Duration.seconds(5)

    /// Compares whatever posts wait for it, one at a time, so that messages don't wait for it.
    func run() async throws {
        for await post in self.desk.comparisons { try await self.next(post) }
    }

    /// Compares one post that waits for it.
    func next(_ post: Snowflake) async throws {
        guard let order = self.desk.beginComparison(of: post) else { return }
        guard let wait = try await self.attempt(post, order) else {
            return self.desk.finishedComparison(of: post, covering: order.numbers)
        }
        // Behind the others: what holds this one up may not hold up them.
        self.desk.compare(post, order)
        try await self.permissions.wait(atMost: min(wait, Self.waitMax))
    }

    private func attempt(
        _ post: Snowflake, _ order: ComparisonOrder
    ) async throws -> Duration? {
        do {
            return try await self.compare(post, told: order.messages)
        } catch let refused as Refused {
            // A broker that doesn't answer this is older than we are; nothing else suffers.
            self.logger.info(
                "a post couldn't be compared",
                metadata: ["post": "\(post)", "code": "\(refused.code)"])
            return nil
        }
    }

    /// Compares one post: its newest messages, and older ones of which a change was told. `nil` when
    /// that is done, else how long to wait.
    func compare(
        _ post: Snowflake, told: Set<Snowflake> = []
    ) async throws -> Duration? {
        guard let entry = self.book.entry(of: post) else { return nil }
        guard await self.permissions.mayRead() else { return PostReader.mendWait }
        switch await self.api.newestMessages(in: post) {
        case .ok(let page):
            // What comes after this look is told live, or is read back.
            let events = try await self.box.newestEvents(of: entry.conversation)
            let differences = PostDifferences(
                page: page, isWhole: page.count < messagePageSize, events: events,
                upTo: entry.mark ?? post)
            if let wait = try await self.settle(differences, in: entry) { return wait }
            return try await self.look(at: told.subtracting(page.map(\.id)).sorted(), in: entry)
        // Whether it is gone, the reading finds out.
        case .rejected(let rejection) where rejection.isUnknownChannel: return nil
        case .rejected: return PostReader.mendWait
        case .postponed(let wait, _): return max(wait, .seconds(1))
        case .unknown: return .seconds(2)
        }
    }

    private func settle(
        _ differences: PostDifferences, in entry: PostBook.Entry
    ) async throws -> Duration? {
        let known = try await self.relay.known(differences.unknown, in: entry.conversation)
        for message in differences.edited {
            if differences.unknown.contains(message.id) {
                guard let stored = known[message.id], stored.isOwn, !stored.isDeleted,
                    stored.revision < message.editedAt ?? 0
                else { continue }
            }
            switch try await self.relay.edited(message, in: entry) {
            case .done, .unread: continue
            case .withheld: return PostReader.mendWait
            case .later(let wait): return wait
            }
        }
        return try await self.look(at: differences.missing, in: entry)
    }

    /// Asks for messages one by one, and tells the broker what became of each.
    private func look(
        at messages: [Snowflake], in entry: PostBook.Entry
    ) async throws -> Duration? {
        for message in messages {
            switch await self.api.message(message, in: entry.post) {
            case .rejected(let rejection) where rejection.isUnknownMessage:
                try await self.relay.deleted([message], in: entry)
            case .rejected: continue
            case .ok(let found):
                switch try await self.relay.edited(found, in: entry) {
                case .done, .unread: continue
                case .withheld: return PostReader.mendWait
                case .later(let wait): return wait
                }
            case .postponed(let wait, _): return max(wait, .seconds(1))
            case .unknown: return .seconds(2)
            }
        }
        return nil
    }
}
