#if os(Linux)
    import GRDB

    @testable import Broker

    // What the simulation asks the database, to know whether it has come to rest. Nothing runs beside
    // it, so that it needs no transaction.
    extension BrokerProcess {
        /// Whether nothing waits for Discord, and all that operators did is stored.
        func isSettled(with written: [Record.Written]) -> Bool {
            guard let store = self.store else { return false }
            let settled = try? store.writer.unsafeRead { db in
                let waiting = try Int64.fetchOne(
                    db.cachedStatement(
                        sql: """
                            SELECT count(*) FROM side JOIN service ON service.id = side.service
                            WHERE handled < wanted AND name = 'discord'
                            """))
                guard waiting == 0 else { return false }
                let statement = try db.cachedStatement(
                    sql: """
                        SELECT body FROM event WHERE key = ?1 OR (conversation, target) IN
                            (SELECT conversation, seq FROM event WHERE key = ?1)
                        """)
                for message in written {
                    let texts = try String.fetchAll(statement, arguments: ["\(message.message)"])
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

        /// The id of the newest event in the conversation of each visitor, by public id.
        var heads: [String: String] {
            let rows = try? self.store?.writer.unsafeRead { db in
                try Row.fetchAll(
                    db.cachedStatement(
                        sql: """
                            SELECT CAST(peer AS TEXT) AS peer, lower(hex(event.uid)) FROM side
                            JOIN service ON service.id = side.service
                            JOIN conversation ON conversation.id = side.conversation
                            JOIN event ON event.conversation = conversation.id
                                AND event.seq = conversation.head
                            WHERE name = 'web'
                            """)
                ).map { ($0[0] as String, $0[1] as String) }
            }
            return Dictionary(rows ?? [], uniquingKeysWith: { $1 })
        }

        /// All that is stored just now; `nil` if the broker is down.
        var stored: Stored? {
            guard let store = self.store else { return nil }
            return try? store.writer.unsafeRead { try Stored($0) }
        }
    }
#endif
