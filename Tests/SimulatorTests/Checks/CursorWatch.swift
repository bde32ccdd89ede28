#if os(Linux)
    import GRDB

    /// How far a service has got with a conversation.
    struct Cursor: Equatable {
        var conversation: Int64
        /// The service's row.
        var service: Int64
        var handled: Int64
        var wanted: Int64
        var head: Int64

        /// All cursors of a database.
        static func all(_ db: Database) throws -> [Cursor] {
            let statement = try db.cachedStatement(
                sql: """
                    SELECT side.conversation, service, handled, wanted, head FROM side
                    JOIN conversation ON conversation.id = side.conversation
                    """)
            let rows = try Row.fetchCursor(statement)
            var cursors: [Cursor] = []
            while let row = try rows.next() {
                cursors.append(
                    Cursor(
                        conversation: row[0], service: row[1], handled: row[2], wanted: row[3],
                        head: row[4]))
            }
            return cursors
        }
    }

    /// Watches the cursors from one commit to the next.
    struct CursorWatch {
        /// A service acknowledged events.
        struct Step: Equatable {
            var conversation: Int64
            var service: Int64
            /// The last event that was acknowledged before.
            var from: Int64
            /// The last event that is acknowledged now.
            var to: Int64
        }

        private struct Side: Hashable {
            var conversation: Int64
            var service: Int64
        }

        private var last: [Side: Cursor] = [:]

        /// Sees the cursors after a commit: what was acknowledged since the last look, and what is
        /// wrong.
        mutating func saw(_ cursors: [Cursor]) -> (steps: [Step], broken: [String]) {
            var (steps, broken): ([Step], [String]) = ([], [])
            for cursor in cursors {
                let side = Side(conversation: cursor.conversation, service: cursor.service)
                let before = self.last[side]
                if cursor == before { continue }
                let name =
                    "service \(cursor.service)'s cursor of conversation \(cursor.conversation)"
                self.last[side] = cursor
                if cursor.handled > cursor.head || cursor.wanted > cursor.head {
                    broken.append(
                        "\(name) is at \(cursor.handled), \(cursor.wanted) is wanted, and there "
                            + "are \(cursor.head) events")
                }
                guard let before else {
                    steps.append(self.step(cursor, from: 0))
                    continue
                }
                if cursor.handled < before.handled {
                    broken.append("\(name) went from \(before.handled) to \(cursor.handled)")
                }
                if cursor.head < before.head {
                    broken.append(
                        "conversation \(cursor.conversation) went from \(before.head) to "
                            + "\(cursor.head) events")
                }
                steps.append(self.step(cursor, from: before.handled))
            }
            return (steps.filter { $0.to > $0.from }, broken)
        }

        private func step(_ cursor: Cursor, from: Int64) -> Step {
            Step(
                conversation: cursor.conversation, service: cursor.service, from: from,
                to: cursor.handled)
        }
    }

    extension CursorWatch.Step {
        /// The visitors' texts that were acknowledged, and of which no version ever stood in the
        /// conversation's posts.
        func missing(_ db: Database, in written: [String: Set<String>]) throws -> [String] {
            let statement = try db.cachedStatement(
                sql: """
                    SELECT event.body, lower(hex(conversation.uid)),
                        (SELECT group_concat(body, char(10)) FROM event AS change
                         WHERE change.conversation = event.conversation
                            AND change.target = event.seq AND change.kind = 'edit')
                    FROM event JOIN conversation ON conversation.id = event.conversation
                    WHERE event.conversation = ?1 AND seq > ?2 AND seq <= ?3 AND event.body <> ''
                        AND event.kind = 'message' AND event.service <> ?4
                        AND NOT EXISTS (SELECT 1 FROM failure
                            WHERE failure.conversation = event.conversation
                                AND failure.seq = event.seq)
                    """)
            let rows = try Row.fetchAll(
                statement, arguments: [self.conversation, self.from, self.to, self.service])
            return rows.compactMap { row in
                let texts =
                    ["\(row[0] as String)"]
                    + (row[2] as String? ?? "").split(separator: "\n").map(String.init)
                let there = written[Stored.spelled(row[1])] ?? []
                return there.isDisjoint(with: texts) ? texts[0] : nil
            }
        }
    }
#endif
