#if os(Linux)
    /// A promise that was broken.
    struct Violation: CustomStringConvertible {
        /// Which promise: reference/reliability.md's number.
        var invariant: String
        /// What is wrong.
        var sentence: String

        var description: String { "\(self.invariant): \(self.sentence)" }
    }

    /// Judges a run that has come to rest by what people saw and what is stored, and by nothing
    /// that the simulation knows of itself.
    struct Checker {
        /// What the people know.
        let record: Record
        /// The public id of each visitor.
        let visitors: [String: Int]
        /// What the pages that are open at the end show.
        let shown: [Shown]
        /// The database.
        let stored: Stored
        /// Discord, at the end.
        let discord: DiscordView

        /// What a page shows.
        struct Shown {
            var visitor: Int
            /// The public id under which it shows it.
            var id: String
            var transcript: Transcript
        }

        /// A visitor's conversations: more than one if the database has forgotten an earlier one.
        private func conversations(of visitor: Int) -> [Stored.Conversation] {
            self.stored.conversations.filter { self.visitors[$0.peers["web"] ?? ""] == visitor }
        }

        /// The conversation with what a visitor said under a key, or any of the visitor's.
        private func conversation(of visitor: Int, with key: String) -> Stored.Conversation? {
            let all = self.conversations(of: visitor)
            return all.first { $0.events.contains { $0.service == "web" && $0.key == key } }
                ?? all.last
        }

        /// All that is wrong.
        func violations() -> [Violation] {
            var found: [Violation] = []
            func report(_ invariant: String, _ sentence: String) {
                found.append(Violation(invariant: invariant, sentence: sentence))
            }
            found += self.record.broken
            for damage in self.stored.damage { report("I10 database", damage) }
            self.checkOrder(report)
            self.checkIntents(report)
            self.checkViews(report)
            self.checkShown(report)
            DiscordChecker(checker: self).check(report)
            return found
        }

        typealias Report = (_ invariant: String, _ sentence: String) -> Void

        // MARK: The database

        private func checkOrder(_ report: Report) {
            for conversation in self.stored.conversations {
                let seqs = conversation.events.map(\.seq)
                if seqs
                    != Array(1...max(1, conversation.head)).prefix(Int(conversation.head)).map({
                        $0
                    })
                {
                    report("I3 order", "conversation \(conversation.row) has seqs \(seqs)")
                }
                if Set(conversation.events.map(\.id)).count != seqs.count {
                    report("I2 duplicate", "conversation \(conversation.row) has an id twice")
                }
                var bodies: Set<String> = []
                for event in conversation.events where event.kind == "message" {
                    guard !event.body.isEmpty else { continue }
                    if !bodies.insert(event.body).inserted {
                        report("I2 duplicate", "\"\(event.body)\" is stored twice")
                    }
                }
                for event in conversation.events where event.kind == "deletion" {
                    let target = event.target ?? 0
                    let texts = conversation.events.filter {
                        $0.seq == target || $0.target == target
                    }
                    if texts.contains(where: { !$0.body.isEmpty }) {
                        report("I6 edits", "the text of a deleted message, seq \(target), is kept")
                    }
                }
            }
        }

        // MARK: What visitors asked for

        private func checkIntents(_ report: Report) {
            let (lostIDs, lostKeys) = (self.record.lostIDs, self.record.lostKeys)
            for intent in self.record.intents.values.sorted(by: { $0.key < $1.key }) {
                let conversation = self.conversation(of: intent.visitor, with: intent.key)
                let event = conversation?.events.first {
                    $0.service == "web" && $0.key == intent.key
                }
                switch intent.state {
                case .merged, .withdrawn:
                    if event != nil { report("I4 resolution", "\(intent.key) went out after all") }
                case .dropped: break
                case .open where intent.kind == .delete:
                    self.checkDeletion(intent, conversation, report)
                case .open:
                    // A page that has seen it says it no more.
                    if event == nil, !lostKeys.contains(intent.key) {
                        report("I4 resolution", "\(intent.key) has no answer and isn't stored")
                    }
                case .refused(let code):
                    self.checkRefusal(intent, code, event, report)
                case .stored(let seq, let id, let epoch):
                    // What was lost with a database is excused, but not in the present one.
                    if let id, lostIDs.contains(id), epoch != self.stored.epoch { continue }
                    self.checkStored(intent, seq, id, conversation, report)
                }
            }
        }

        private func checkStored(
            _ intent: Record.Intent, _ seq: Int64?, _ id: String?,
            _ conversation: Stored.Conversation?, _ report: Report
        ) {
            if intent.kind == .delete { return self.checkDeletion(intent, conversation, report) }
            guard let seq, let event = conversation?.events.first(where: { $0.seq == seq }) else {
                return report(
                    "I1 acknowledged loss",
                    "\(intent.key) was stored as seq \(seq ?? 0) and is gone")
            }
            guard let conversation else { return }
            if event.id != id {
                report("I1 acknowledged loss", "seq \(seq) is another event than \(intent.key)")
            }
            if intent.kind == .send {
                if conversation.changes(of: seq, "deletion").isEmpty, event.body != intent.body {
                    report("I1 acknowledged loss", "\(intent.key) is stored with another text")
                }
            } else {
                guard let target = conversation.events.first(where: { $0.key == intent.target })
                else {
                    return report("I1 acknowledged loss", "the target of \(intent.key) is gone")
                }
                if let present = conversation.present(target), present.revision < intent.revision {
                    report("I6 edits", "the edit \(intent.key) was overtaken by an older one")
                }
            }
        }

        private func checkDeletion(
            _ intent: Record.Intent, _ conversation: Stored.Conversation?, _ report: Report
        ) {
            guard let conversation,
                let target = conversation.events.first(where: { $0.key == intent.target }),
                !self.record.lostKeys.contains(intent.key),
                !self.record.lostKeys.contains(intent.target)
            else { return }
            if conversation.present(target) != nil {
                report("I6 edits", "\(intent.target) was deleted by \(intent.key) and stands")
            }
        }

        private func checkRefusal(
            _ intent: Record.Intent, _ code: String, _ event: Stored.Event?, _ report: Report
        ) {
            switch code {
            case "deleted": break
            case "target_not_found":
                if !self.record.lostKeys.contains(intent.target) {
                    report("I4 resolution", "the target of \(intent.key) wasn't found")
                }
            default: report("I4 resolution", "\(intent.key) was refused with \(code)")
            }
            if event != nil, code != "deleted" {
                report("I9 truth", "\(intent.key) was refused, and is stored")
            }
        }

        // MARK: What visitors saw

        private func checkViews(_ report: Report) {
            let lostIDs = self.record.lostIDs
            for view in self.record.views {
                let seqs = view.events.map(\.seq)
                for (one, next) in zip(seqs, seqs.dropFirst()) where next != one + 1 {
                    report("I3 order", "tab \(view.tab) showed seq \(next) after \(one)")
                }
                if Set(view.events.map(\.id)).count != seqs.count {
                    report("I2 duplicate", "tab \(view.tab) showed an event twice")
                }
                for event in view.events where event.body.hasPrefix("visitor ") {
                    guard !event.body.hasPrefix("visitor \(view.visitor) ") else { continue }
                    report("I5 isolation", "visitor \(view.visitor) saw \"\(event.body)\"")
                }
                let conversations = self.conversations(of: view.visitor)
                for event in view.events {
                    let isThere = conversations.contains { conversation in
                        conversation.events.contains { $0.seq == event.seq && $0.id == event.id }
                    }
                    let isExcused = view.epoch != self.stored.epoch && lostIDs.contains(event.id)
                    if !isThere, !isExcused {
                        report(
                            "I1 acknowledged loss",
                            "seq \(event.seq), which tab \(view.tab) showed, is gone")
                    }
                }
            }
        }

        private func checkShown(_ report: Report) {
            for page in self.shown {
                let (visitor, transcript) = (page.visitor, page.transcript)
                let conversation = self.stored.conversations.first { $0.peers["web"] == page.id }
                guard let conversation else {
                    if transcript.high > 0 {
                        report(
                            "I1 acknowledged loss", "the conversation of visitor \(visitor) is gone"
                        )
                    }
                    continue
                }
                if transcript.high != conversation.head {
                    report(
                        "I4 resolution",
                        "visitor \(visitor) sees \(transcript.high) of \(conversation.head) events")
                }
                for event in transcript.run where event.kind == "message" {
                    guard let row = conversation.events.first(where: { $0.seq == event.seq }) else {
                        continue
                    }
                    let present = conversation.present(row)
                    if present == nil, !event.isDeleted || !event.body.isEmpty {
                        report("I6 edits", "visitor \(visitor) still sees deleted seq \(event.seq)")
                    } else if let present, present.body != event.body {
                        report(
                            "I6 edits",
                            "visitor \(visitor) sees \"\(event.body)\", not \"\(present.body)\"")
                    }
                }
            }
        }
    }
#endif
