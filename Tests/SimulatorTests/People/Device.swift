#if os(Linux)
    /// What a browser keeps of one visitor over reloads, for all its tabs: local storage.
    final class Device {
        /// Something to say that isn't answered yet, as `static/js/outbox.js` keeps it.
        struct Entry {
            /// What it asks for.
            enum Kind {
                case send
                case edit
                case delete
            }
            /// Made before the first try; they order as they were made.
            var key: String
            var kind: Kind
            var body = ""
            /// For an edit or a deletion: the message's key.
            var target = ""
            var revision = 0
            /// Whether anybody may have heard of it.
            var isTried = false
            /// Why it won't be stored.
            var refusal: String?
        }

        /// The visitor's number, which stands in all it writes.
        let visitor: Int
        /// The public id.
        private(set) var id: String
        /// Every id that it had, oldest first.
        private(set) var ids: [String] = []
        /// The secret.
        let secret: String
        /// Whether the page was ever welcomed under this id.
        var wasWelcomed = false
        /// What isn't answered.
        var entries: [String: Entry] = [:]
        /// The tab that sends.
        weak var sender: Tab?
        private var lastKey = 0

        init(visitor: Int, _ chance: inout Chance) {
            self.visitor = visitor
            self.id = Self.newID(&chance)
            self.ids = [self.id]
            // The last of 43 digits holds two bits that must be zero.
            self.secret = String(repeating: "s", count: 40) + "\(10 + visitor)A"
        }

        private static func newID(_ chance: inout Chance) -> String {
            let words = [chance.next(), chance.next()].map { word in
                let digits = String(word, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
            func part(_ from: Int, _ to: Int) -> String { String(Array(words)[from..<to]) }
            return
                "\(part(0, 8))-\(part(8, 12))-4\(part(13, 16))-8\(part(17, 20))-\(part(20, 32))"
        }

        /// Becomes somebody else, because its conversation is gone: the new messages stay.
        func renew(_ chance: inout Chance, _ record: Record) {
            self.id = Self.newID(&chance)
            self.ids.append(self.id)
            self.wasWelcomed = false
            self.sender = nil
            for change in self.queue where change.kind != .send {
                self.entries[change.key] = nil
                guard self.entries[change.target] != nil, change.refusal == nil else {
                    record.dropped(change.key)
                    continue
                }
                record.merged(change.key, into: change.target)
                if change.kind == .delete {
                    self.entries[change.target] = nil
                    record.withdrawn(change.target)
                } else {
                    self.entries[change.target]?.body = change.body
                    record.changed(change.target, to: change.body)
                }
            }
        }

        /// A key that is greater than all before.
        func newKey() -> String {
            self.lastKey += 1
            let digits = String(self.lastKey)
            return "v\(self.visitor)-" + String(repeating: "0", count: 5 - digits.count) + digits
        }

        /// What isn't answered, as it was made.
        var queue: [Entry] { self.entries.values.sorted { $0.key < $1.key } }
    }
#endif
