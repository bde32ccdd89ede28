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
        /// What broke a rule that can be seen at once.
        private(set) var faults: [String] = []

        /// Something is wrong at first sight.
        func fault(_ sentence: String) { self.faults.append(sentence) }

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
#endif
