#if os(Linux)
    import GRDB

    @testable import Broker

    // What the simulation asks the database, to know whether it has come to rest.
    extension BrokerProcess {
        /// Whether nothing waits for Discord, and all that operators did is stored.
        func isSettled(with written: [Record.Written]) -> Bool {
            guard let store = self.store else { return false }
            let settled = try? store.writer.read { db in
                let waiting = try Int64.fetchOne(
                    db,
                    sql: """
                        SELECT count(*) FROM side JOIN service ON service.id = side.service
                        WHERE handled < wanted AND name = 'discord'
                        """)
                guard waiting == 0 else { return false }
                for message in written {
                    let texts = try String.fetchAll(
                        db,
                        sql: """
                            SELECT body FROM event WHERE key = ?1 OR (conversation, target) IN
                                (SELECT conversation, seq FROM event WHERE key = ?1)
                            """, arguments: ["\(message.message)"])
                    let isGone = message.isNote || message.isDeleted
                    let isDone =
                        isGone
                        ? texts.allSatisfy(\.isEmpty) : texts.contains(message.bodies.last ?? "")
                    guard isDone else { return false }
                }
                return true
            }
            return settled ?? false
        }

        /// How many events the conversation of each visitor has, by public id.
        var heads: [String: Int64] {
            let rows = try? self.store?.writer.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT CAST(peer AS TEXT) AS peer, head FROM side
                        JOIN service ON service.id = side.service
                        JOIN conversation ON conversation.id = side.conversation
                        WHERE name = 'web'
                        """
                ).map { ($0["peer"] as String, $0["head"] as Int64) }
            }
            return Dictionary(rows ?? [], uniquingKeysWith: { $1 })
        }

        /// All that is stored just now; `nil` if the broker is down.
        var stored: Stored? {
            guard let store = self.store else { return nil }
            return try? store.writer.read { try Stored($0) }
        }
    }
#endif
