import BrokerStore
import GRDB
import Protocol

/// What the database knows of the broker's state; who is connected, memory adds.
struct StoredStatus: Sendable {
    /// The newest migration.
    var schema: String
    /// The database's size in bytes, without its log.
    var bytes: Int64
    /// How many conversations are kept.
    var conversations: Int64
    /// How many events are kept.
    var events: Int64
    /// The configured services.
    var services: [Service]
    /// How many erasures services have yet to acknowledge.
    var erasures: Int64 = 0
    /// The oldest of these.
    var erasing: [Erasure] = []
    /// Why nothing can be stored just now.
    var trouble: StorageHealth.Trouble?

    /// A service.
    struct Service: Sendable {
        var box: Name
        var service: ServiceRow
        /// The conversations with something that it has not acknowledged.
        var backlog: Int64
        /// When the oldest of these was committed, in milliseconds since 1970.
        var oldestUnacknowledgedAt: Int64?
        /// What it set aside and nobody queued again or dropped.
        var deadLetters: Int64
        /// What may stand on its far side twice.
        var possibleDuplicates: Int64
    }
}

// How the broker is.
extension StoreTransaction {
    /// What the database knows of the broker's state.
    func status(_ boxes: Boxes) throws -> StoredStatus {
        let size = try self.row(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [])
        // Seqs have no gaps: to add up the heads is to count the events, and reads far less.
        let counts = try self.row(
            "SELECT count(*), coalesce(sum(head), 0) FROM conversation WHERE erasure IS NULL", [])
        let applied = try Schema.migrator.appliedIdentifiers(self.db)
        var services: [StoredStatus.Service] = []
        for box in boxes.boxes {
            for name in box.services.prefix(Limits.listedServices - services.count) {
                guard let service = try self.service(box: box.name, name: name) else { continue }
                services.append(try self.status(of: service, box.name))
            }
        }
        let erasures = try self.erasuresUnderWay()
        return StoredStatus(
            schema: Schema.migrator.migrations.last { applied.contains($0) } ?? "none",
            bytes: size?[0] ?? 0, conversations: counts?[0] ?? 0, events: counts?[1] ?? 0,
            services: services, erasures: erasures.count, erasing: erasures.oldest)
    }

    private func status(of service: ServiceRow, _ box: Name) throws -> StoredStatus.Service {
        let backlog = try self.row(
            """
            SELECT count(*), min((
                SELECT event.at FROM event
                WHERE event.conversation = side.conversation AND event.seq > side.handled
                    AND event.service <> side.service
                    AND (event.only_for IS NULL OR event.only_for = side.service)
                ORDER BY event.seq LIMIT 1))
            FROM side WHERE service = ? AND handled < wanted
            """, [service.id])
        let letters = try self.row(
            "SELECT count(*) FROM failure WHERE service = ? AND state = 'aside'", [service.id])
        return StoredStatus.Service(
            box: box, service: service, backlog: backlog?[0] ?? 0,
            oldestUnacknowledgedAt: backlog?[1], deadLetters: letters?[0] ?? 0,
            possibleDuplicates: try self.possibleDuplicates(of: service))
    }
}
