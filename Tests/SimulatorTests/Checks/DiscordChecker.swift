#if os(Linux)
    /// What stands in Discord at the end.
    struct DiscordView {
        /// A message in a post.
        struct Message {
            var id: UInt64
            var isBots: Bool
            var content: String
        }
        /// The posts with their messages, oldest first.
        var posts: [UInt64: [Message]] = [:]
        /// Posts that operators deleted.
        var deletedPosts: Set<UInt64> = []
        /// Whether the gateway ran at all.
        var hasGateway = false
    }

    /// The part of the checker that is about Discord.
    struct DiscordChecker {
        let checker: Checker

        func check(_ report: Checker.Report) {
            guard self.checker.discord.hasGateway else { return }
        }
    }
#endif
