import Logging
import Protocol

/// Follows our own posts that came to be without being bound: Discord may make one long after it was
/// asked for, when nobody looks for it any more, and operators write in what they see.
struct UnboundPosts: Sendable {
    /// Discord.
    var api: any DiscordAPI
    /// Which posts are bound.
    var book: PostBook
    /// Says which posts came to be.
    var desk: InboundDesk
    /// Takes them up.
    var taking: PostTakeUp
    /// Whether what is read is all there is.
    var permissions: PermissionWatch
    /// How long whoever makes a post may need to bind it.
    var settle: Duration
    /// For what happened.
    var logger: Logger

    /// Looks at a post that may be in the making, each a settle time (10 s) after the other, before it
    /// is taken up all the same: two minutes, for whoever makes one comes back within a minute, and
    /// looks for it.
    static let looksInMakingMax = 12
    /// The least time between two looks.
    private static let leastWait = Duration.seconds(1)
    /// The longest time between two looks, where something fails again and again.
    private static let longestWait = Duration.seconds(60)

    /// A process that goes on with an earlier one's session asks once which posts that one knew to be
    /// unbound, so that what is written there is heard.
    func find() async {
        guard await self.permissions.mayRead(),
            case .ok(let posts) = await self.taking.search.all()
        else { return }
        self.desk.wereLeftAlone(self.taking.search.unbound(among: posts).map(\.id))
    }

    /// Works until it is cancelled.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for await post in self.desk.newcomers {
                group.addTask { try await self.follow(post) }
            }
        }
    }

    private func follow(_ post: Snowflake) async throws {
        let pace = max(self.settle, Self.leastWait)
        var wait = pace
        var looks = 0
        while true {
            try await ContinuousClock().sleep(for: wait)
            while await !self.permissions.mayRead() {
                try await self.permissions.wait(atMost: PostReader.mendWait)
            }
            let tellings = self.desk.tellings(of: post)
            switch try await self.look(at: post, isLast: looks >= Self.looksInMakingMax) {
            case .done:
                if self.desk.leftAlone(post, since: tellings) { return }
                wait = pace
            case .inMaking:
                looks += 1
                wait = pace
            case .failed: wait = max(pace, min(wait * 2, Self.longestWait))
            }
        }
    }

    /// Looks at one post; the last look takes it up though somebody may be making it.
    func look(at post: Snowflake, isLast: Bool) async throws -> PostTakeUp.Ending {
        guard self.book.entry(of: post) == nil else { return .done }
        switch await self.api.channel(post) {
        case .ok(let channel):
            guard !self.taking.search.unbound(among: [channel]).isEmpty else { return .done }
            do {
                return try await self.taking.takeUp(channel, isLast ? .unbound : .inMaking)
            } catch let refused as Refused {
                self.logger.error(
                    "taking up a post failed",
                    metadata: ["post": "\(post)", "error": "\(refused.message)"])
                return .failed
            }
        case .rejected(let rejection) where rejection.isUnknownChannel: return .done
        case .rejected, .postponed, .unknown: return .failed
        }
    }
}
