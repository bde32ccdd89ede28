#if os(Linux)
    import GRDB

    /// What the broker's database holds at the end, read by nothing of the broker's.
    struct Stored {
        /// An event's row.
        struct Event {
            var seq: Int64
            var service: String
            var id: String
            var kind: String
            var key: String
            var revision: Int64
            var body: String
            var target: Int64?
            /// A requeue concerns one service only.
            var onlyFor: String?
        }

        /// A conversation with its events, by seq.
        struct Conversation {
            var row: Int64
            var uid: String
            var peers: [String: String] = [:]
            var head: Int64
            var handled: [String: Int64] = [:]
            var wanted: [String: Int64] = [:]
            var events: [Event] = []
            var failed: Set<Int64> = []
            var externals: [Int64: [String]] = [:]

            /// The events that change a message.
            func changes(of seq: Int64, _ kind: String) -> [Event] {
                self.events.filter { $0.target == seq && $0.kind == kind }
            }

            /// A message's present text; `nil` if it was deleted.
            func present(_ message: Event) -> (body: String, revision: Int64)? {
                guard self.changes(of: message.seq, "deletion").isEmpty else { return nil }
                let newest = self.changes(of: message.seq, "edit").max { $0.revision < $1.revision }
                guard let newest, newest.revision > message.revision else {
                    return (message.body, message.revision)
                }
                return (newest.body, newest.revision)
            }
        }

        var epoch = ""
        var conversations: [Conversation] = []
        /// What SQLite finds wrong.
        var damage: [String] = []

        /// Reads a database that nobody has open.
        init(path: String) throws {
            let queue = try DatabaseQueue(path: path)
            defer { try? queue.close() }
            self = try queue.read { db in
                var stored = try Stored(db)
                for check in ["PRAGMA integrity_check", "PRAGMA foreign_key_check"] {
                    let rows = try Row.fetchAll(db, sql: check)
                    stored.damage += rows.map { "\($0)" }.filter { !$0.contains("\"ok\"") }
                }
                return stored
            }
        }

        /// Reads what is stored just now.
        init(_ db: Database) throws {
            self.epoch = try String.fetchOne(db, sql: "SELECT lower(hex(epoch)) FROM life") ?? ""
            let rows = try Row.fetchAll(
                db, sql: "SELECT id, lower(hex(uid)) AS uid, head FROM conversation")
            self.conversations = try rows.map {
                try Self.conversation($0["id"], $0["uid"], $0["head"], db)
            }
        }

        /// Nothing.
        init() {}

        /// What is stored, for whoever reads a trace.
        var lines: [String] {
            self.conversations.flatMap { conversation in
                ["stored: conversation \(conversation.row) is \(conversation.uid)"]
                    + conversation.events.map { event in
                        let target = event.target.map { " of \($0)" } ?? ""
                        let there = conversation.externals[event.seq] ?? []
                        return "stored: \(conversation.row)/\(event.seq) \(event.service) "
                            + "\(event.kind)\(target) \"\(event.body)\" \(there)"
                    }
            }
        }

        /// A uid as it is spelled, from its digits.
        static func spelled(_ digits: String) -> String {
            let dashes = [8, 12, 16, 20]
            return digits.enumerated().map { dashes.contains($0) ? "-\($1)" : "\($1)" }.joined()
        }

        private static func conversation(
            _ row: Int64, _ uid: String, _ head: Int64, _ db: Database
        ) throws -> Conversation {
            var conversation = Conversation(row: row, uid: Self.spelled(uid), head: head)
            func rows(_ sql: String) throws -> [Row] {
                try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [row])
            }
            let sides = try rows(
                """
                SELECT service.name, CAST(peer AS TEXT) AS peer, handled, wanted FROM side
                JOIN service ON service.id = side.service WHERE conversation = ?
                """)
            for side in sides {
                let name: String = side["name"]
                conversation.peers[name] = side["peer"]
                conversation.handled[name] = side["handled"]
                conversation.wanted[name] = side["wanted"]
            }
            conversation.events = try rows(
                """
                SELECT seq, service.name, lower(hex(uid)) AS id, kind, key, revision, body, target,
                    receiver.name AS receiver
                FROM event JOIN service ON service.id = event.service
                LEFT JOIN service AS receiver ON receiver.id = only_for
                WHERE conversation = ? ORDER BY seq
                """
            ).map { event in
                Event(
                    seq: event["seq"], service: event["name"], id: event["id"],
                    kind: event["kind"], key: event["key"], revision: event["revision"],
                    body: event["body"], target: event["target"], onlyFor: event["receiver"])
            }
            conversation.failed = try Set(
                rows("SELECT seq FROM failure WHERE conversation = ?").map { $0["seq"] })
            for external in try rows(
                "SELECT seq, id FROM external_id WHERE conversation = ? ORDER BY seq, part")
            {
                conversation.externals[external["seq"], default: []].append(external["id"])
            }
            return conversation
        }
    }
#endif
