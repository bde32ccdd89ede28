#if os(Linux)
    /// What the people of a run wanted, were told and saw: all that the checker knows beside the
    /// database and Discord.
    final class Record {
        /// Something that a visitor asked for.
        struct Intent {
            /// What is known of it.
            enum State: Equatable {
                /// No answer yet.
                case open
                /// It is on disk, the page was told.
                case stored(seq: Int64?, id: String?, epoch: String)
                /// It won't be stored.
                case refused(String)
                /// It went with the message that it changes, which nobody had been told of.
                case merged
                /// It was taken back before anybody was told of it.
                case withdrawn
                /// It was to change something in a conversation that is gone.
                case dropped
            }
            var visitor: Int
            var key: String
            var kind: Device.Entry.Kind
            var body: String
            var target: String
            var revision: Int
            var state = State.open
        }

        /// One showing of a conversation, from an empty page on.
        struct View {
            var visitor: Int
            var tab: Int
            var epoch = ""
            var events: [PageEvent] = []
        }

        /// Something that an operator wrote.
        struct Written {
            /// The conversation of its post.
            var uid: String
            var post: UInt64
            var message: UInt64
            /// Its texts in order.
            var bodies: [String]
            var isDeleted = false
            var isNote: Bool
            /// Whether the post was deleted, so that nobody can know.
            var isLost = false
        }

        private(set) var intents: [String: Intent] = [:]
        private(set) var views: [View] = []
        var written: [UInt64: Written] = [:]
        /// What was lost each time the database was put back to an earlier copy.
        var losses: [Loss] = []
        /// What broke a rule while it was looked at.
        private(set) var broken: [Violation] = []

        /// What is told of a rule that is broken again and again.
        private static let toldMax = 20

        /// Something is wrong at first sight.
        func fault(_ sentence: String) { self.breaks("I9 truth", sentence) }

        /// A promise is broken just now.
        func breaks(_ invariant: String, _ sentence: String) {
            self.breaks([Violation(invariant: invariant, sentence: sentence)])
        }

        /// Promises are broken just now.
        func breaks(_ violations: [Violation]) {
            guard self.broken.count < Self.toldMax else { return }
            self.broken += violations
        }

        /// A visitor asks for something.
        func intended(_ entry: Device.Entry, by visitor: Int) {
            self.intents[entry.key] = Intent(
                visitor: visitor, key: entry.key, kind: entry.kind, body: entry.body,
                target: entry.target, revision: entry.revision)
        }

        func acknowledged(_ key: String, seq: Int64?, id: String?, epoch: String) {
            self.intents[key]?.state = .stored(seq: seq, id: id, epoch: epoch)
        }

        func refused(_ key: String, _ code: String) { self.intents[key]?.state = .refused(code) }
        func merged(_ key: String, into other: String) { self.intents[key]?.state = .merged }
        func dropped(_ key: String) { self.intents[key]?.state = .dropped }
        func withdrawn(_ key: String) { self.intents[key]?.state = .withdrawn }
        func changed(_ key: String, to body: String) { self.intents[key]?.body = body }

        /// A page begins to show a conversation.
        func opened(visitor: Int, tab: Int) -> Int {
            self.views.append(View(visitor: visitor, tab: tab))
            return self.views.count - 1
        }

        /// A page shows an event.
        func saw(_ event: PageEvent, in view: Int, epoch: String) {
            self.views[view].epoch = epoch
            self.views[view].events.append(event)
        }
    }

    // What a database that was put back has forgotten.
    extension Record {
        /// What was lost when a database was put back to an earlier copy.
        struct Loss {
            /// The events that the copy lacks, by their conversation's uid.
            var events: [String: [Stored.Event]] = [:]

            /// What one database holds that another one lacks.
            init(from before: Stored, to after: Stored) {
                for conversation in before.conversations {
                    let kept = after.conversations.first { $0.uid == conversation.uid }
                    let ids = Set(kept?.events.map(\.id) ?? [])
                    let lost = conversation.events.filter { !ids.contains($0.id) }
                    if !lost.isEmpty { self.events[conversation.uid] = lost }
                }
            }
        }

        /// Whether the database was put back to an earlier copy.
        var wasRestored: Bool { !self.losses.isEmpty }

        /// The events of a conversation that are lost.
        func lost(of uid: String) -> [Stored.Event] {
            self.losses.flatMap { $0.events[uid] ?? [] }
        }

        /// The ids of all events that are lost.
        var lostIDs: Set<String> {
            Set(self.losses.flatMap(\.events.values).joined().map(\.id))
        }

        /// The keys of the messages whose deletion is lost, so that they are as if nobody had deleted
        /// them.
        var lostDeletions: Set<String> {
            Set(
                self.lostKeys.compactMap { self.intents[$0] }.filter { $0.kind == .delete }
                    .map(\.target))
        }

        /// The keys of all that visitors said and that is lost.
        var lostKeys: Set<String> {
            Set(
                self.losses.flatMap(\.events.values).joined().filter { $0.service == "web" }
                    .map(\.key))
        }
    }
#endif
