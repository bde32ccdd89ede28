#if os(Linux)
    /// What stands in Discord at the end.
    struct DiscordView {
        /// A message in a post.
        struct Message {
            var id: UInt64
            var isBots: Bool
            var content: String
            /// What the bot says there on its own account.
            var notice: String
            /// Whether the bot says there that the next message may be a repeated one.
            var announcesDoubt: Bool { self.notice.hasPrefix("Possible duplicate") }
        }

        /// A post.
        struct Post {
            var id: UInt64
            /// The conversation's uid, from its card.
            var uid: String
            /// Oldest first.
            var messages: [Message]
        }

        var posts: [Post] = []
        /// The conversations of which an operator deleted a post, by uid.
        var lostPosts: Set<String> = []
        /// Texts of ours that operators took away.
        var removedTexts: Set<String> = []
    }

    /// The part of the checker that is about Discord.
    struct DiscordChecker {
        let checker: Checker

        func check(_ report: Checker.Report) {
            for conversation in self.checker.stored.conversations {
                self.checkCursor(of: conversation, report)
                self.checkVisitors(of: conversation, report)
                self.checkOperators(of: conversation, report)
            }
            for post in self.checker.discord.posts
            where !self.checker.stored.conversations.contains(where: { $0.uid == post.uid }) {
                guard !self.checker.record.wasRestored else { continue }
                report("I5 isolation", "post \(post.id) belongs to no conversation")
            }
            guard self.checker.record.wasRestored else { return }
            let restored = RestoreChecker(
                record: self.checker.record, stored: self.checker.stored,
                discord: self.checker.discord)
            for sentence in restored.unsaid { report("I9 truth", sentence) }
        }

        private func posts(of conversation: Stored.Conversation) -> [DiscordView.Post] {
            self.checker.discord.posts.filter { $0.uid == conversation.uid }
        }

        private func checkCursor(
            of conversation: Stored.Conversation, _ report: Checker.Report
        ) {
            let (handled, wanted) = (
                conversation.handled["discord"] ?? 0, conversation.wanted["discord"] ?? 0
            )
            if handled < wanted {
                report(
                    "I4 resolution",
                    "Discord has \(handled) of \(wanted) events of conversation \(conversation.row)"
                )
            }
            if handled > conversation.head {
                report("I6 cursor", "conversation \(conversation.row) is handled beyond its end")
            }
            for seq in conversation.failed {
                report("I4 resolution", "seq \(seq) of \(conversation.row) was set aside")
            }
        }

        // MARK: What visitors said

        private func checkVisitors(
            of conversation: Stored.Conversation, _ report: Checker.Report
        ) {
            let posts = self.posts(of: conversation)
            let said = posts.flatMap(\.messages).filter { $0.isBots && !$0.content.isEmpty }
            let doubts = posts.flatMap(\.messages).filter(\.announcesDoubt).count
            var extra = 0
            let lost = self.checker.record.lost(of: conversation.uid)
            for event in conversation.events where event.kind == "message" && event.service == "web"
            {
                // Discord shows what became of it, and the database has forgotten that.
                guard !lost.contains(where: { $0.target == event.seq }) else { continue }
                let edits = conversation.changes(of: event.seq, "edit")
                let texts = Set(([event] + edits).map(\.body).filter { !$0.isEmpty })
                let copies = said.filter { texts.contains($0.content) }
                if texts.contains(where: self.checker.discord.removedTexts.contains) { continue }
                guard let present = conversation.present(event) else {
                    // The text is gone from the database, too: what people wrote tells it.
                    let intent = self.checker.record.intents[event.key]
                    let edits = self.checker.record.intents.values.filter { $0.target == event.key }
                    let all = Set(([intent].compactMap { $0 } + edits).map(\.body))
                    if self.checker.discord.removedTexts.isDisjoint(with: all),
                        let left = said.first(where: { all.contains($0.content) })
                    {
                        report("I6 edits", "deleted \"\(left.content)\" stands in Discord")
                    }
                    continue
                }
                extra += max(0, copies.count - 1)
                if copies.isEmpty, !self.checker.discord.lostPosts.contains(conversation.uid) {
                    report("I1 acknowledged loss", "\"\(present.body)\" isn't in Discord")
                }
                for copy in copies where copy.content != present.body {
                    report("I6 edits", "Discord shows \"\(copy.content)\", not \"\(present.body)\"")
                }
            }
            if extra > doubts {
                report(
                    "I2 duplicate",
                    "\(extra) messages of \(conversation.row) stand twice, of which \(doubts) are marked"
                )
            }
            for post in posts { self.checkOrder(of: post, conversation, report) }
        }

        private func checkOrder(
            of post: DiscordView.Post, _ conversation: Stored.Conversation, _ report: Checker.Report
        ) {
            var last: Int64 = 0
            for message in post.messages where message.isBots && !message.content.isEmpty {
                if message.content.hasPrefix("visitor "),
                    let visitor = self.checker.visitors[conversation.peers["web"] ?? ""],
                    !message.content.hasPrefix("visitor \(visitor) ")
                {
                    report("I5 isolation", "\"\(message.content)\" stands in post \(post.id)")
                }
                let event = conversation.events.first { $0.body == message.content }
                guard let event else { continue }
                let seq = event.kind == "edit" ? event.target ?? 0 : event.seq
                let key = conversation.events.first { $0.seq == seq }?.key ?? event.key
                // The copy knows nothing of its deletion: it comes again, after whatever stands there.
                if self.checker.record.lostDeletions.contains(key) { continue }
                if seq < last {
                    report("I3 order", "seq \(seq) stands after \(last) in post \(post.id)")
                }
                last = max(last, seq)
            }
        }

        // MARK: What operators said

        private func checkOperators(
            of conversation: Stored.Conversation, _ report: Checker.Report
        ) {
            for written in self.checker.record.written.values.sorted(by: { $0.message < $1.message }
            )
            where written.uid == conversation.uid && !written.isLost {
                let event = conversation.events.first {
                    $0.service == "discord" && $0.kind == "message"
                        && $0.key == "\(written.message)"
                }
                let present = event.flatMap { conversation.present($0) }
                if written.isNote || written.isDeleted {
                    if let present {
                        report("I6 edits", "\"\(present.body)\", which was withdrawn, is shown")
                    }
                } else if let present {
                    if present.body != written.bodies.last {
                        report(
                            "I6 edits",
                            "\"\(present.body)\" is stored, not \"\(written.bodies.last ?? "")\"")
                    }
                } else {
                    report("I1 acknowledged loss", "\"\(written.bodies.last ?? "")\" was not read")
                }
            }
            for event in conversation.events
            where event.service == "discord" && event.kind == "message" {
                let written = UInt64(event.key).flatMap { self.checker.record.written[$0] }
                if written?.uid != conversation.uid {
                    report("I5 isolation", "seq \(event.seq) of \(conversation.row) is nobody's")
                }
            }
        }
    }
#endif
