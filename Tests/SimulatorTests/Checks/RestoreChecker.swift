#if os(Linux)
    /// The part of the checker that is about a database that was put back: what it has forgotten,
    /// and Discord still shows, is said there.
    struct RestoreChecker {
        let record: Record
        /// What is stored.
        let stored: Stored
        /// Discord.
        let discord: DiscordView

        /// What is not said and ought to be.
        var unsaid: [String] {
            self.discord.posts.compactMap { post in
                // A post that was left for good says why.
                guard !post.messages.contains(where: { Self.isLastWord($0.notice) }) else {
                    return nil
                }
                guard
                    let conversation = self.stored.conversations.first(where: {
                        $0.uid == post.uid
                    })
                else {
                    return "post \(post.id) isn't closed, and its conversation is forgotten"
                }
                return self.unsaid(in: post, conversation)
            }
        }

        private func unsaid(
            in post: DiscordView.Post, _ conversation: Stored.Conversation
        ) -> String? {
            let lost = self.record.lost(of: post.uid).filter {
                $0.service == "web" && $0.kind == "message" && !$0.body.isEmpty
            }
            let known = Set(conversation.events.map(\.body))
            let orphans = Set(lost.map(\.body)).subtracting(known)
            guard
                let message = post.messages.last(where: {
                    $0.isBots && orphans.contains($0.content)
                })
            else { return nil }
            let isSaid = post.messages.contains {
                $0.notice.contains("put back to an earlier copy")
            }
            return isSaid
                ? nil : "\"\(message.content)\" stands only in Discord, and nobody is told"
        }

        private static func isLastWord(_ notice: String) -> Bool {
            notice.hasPrefix("This conversation is no more")
                || notice.hasPrefix("This conversation goes on in")
        }
    }
#endif
