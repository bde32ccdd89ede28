import GRDB
import Protocol
import StrictJSON

// Services, their consumers' generations, and their small stores.
extension StoreTransaction {
    /// The service of that name in a box, or `nil`.
    func service(box: Name, name: Name) throws -> ServiceRow? {
        try self.row(
            "SELECT id FROM service WHERE box = ? AND name = ?", [box.text, name.text]
        ).map { ServiceRow(id: $0[0], name: name) }
    }

    /// The other services of a box.
    func otherServices(than session: Session) throws -> [ServiceRow] {
        try self.rows(
            "SELECT id, name FROM service WHERE box = ? AND id <> ? ORDER BY id",
            [session.box.text, session.service.id]
        ).compactMap { row in Name(row[1]).map { ServiceRow(id: row[0], name: $0) } }
    }

    /// The form in which a service names conversations, which its first hello that said so settled.
    ///
    /// - Parameter kind: what settles it if nothing has; `nil` leaves it open.
    func peerKind(of service: ServiceRow, settling kind: PeerKind?) throws -> PeerKind {
        let row = try self.row("SELECT peer_kind FROM service WHERE id = ?", [service.id])
        if let known = (row?[0] as String?).flatMap({ PeerKind(rawValue: $0) }) { return known }
        guard let kind else { return .string }
        try self.execute(
            "UPDATE service SET peer_kind = ? WHERE id = ?", [kind.rawValue, service.id])
        return kind
    }

    /// Counts a new consumer of a service.
    func nextGeneration(of service: ServiceRow) throws -> Int64 {
        try self.execute(
            "UPDATE service SET generation = generation + 1 WHERE id = ?", [service.id])
        return try self.generation(of: service)
    }

    /// The generation of a service's newest consumer.
    func generation(of service: ServiceRow) throws -> Int64 {
        try self.first("SELECT generation FROM service WHERE id = ?", .integer(service.id)) {
            $0.integer(0)
        } ?? 0
    }

    /// A value of a service's store; `null` if there is none.
    func storedValue(of service: ServiceRow, _ key: Name) throws -> JSONValue {
        let row = try self.row(
            "SELECT value FROM stored_value WHERE service = ? AND key = ?",
            [service.id, key.text])
        guard let text: String = row?[0] else { return .null }
        return (try? JSONParser.parse(text)) ?? .null
    }

    /// Keeps a value in a service's store; `null` removes it.
    func store(_ value: JSONValue, of service: ServiceRow, _ key: Name) throws {
        guard value != .null else {
            return try self.execute(
                "DELETE FROM stored_value WHERE service = ? AND key = ?", [service.id, key.text])
        }
        try self.execute(
            """
            INSERT INTO stored_value(service, key, value) VALUES (?, ?, ?)
            ON CONFLICT(service, key) DO UPDATE SET value = excluded.value
            """, [service.id, key.text, JSONWriter.text(value)])
    }
}

extension Store {
    /// The delivery state with which a process starts: nobody is connected, and this waits.
    func deliveryState(_ boxes: Boxes) throws -> DeliveryState {
        try self.read { transaction in
            var services: [Name: [ServiceRow]] = [:]
            var unacknowledged: [ServiceRow: [Int64]] = [:]
            for box in boxes.boxes {
                let rows = try box.services.compactMap {
                    try transaction.service(box: box.name, name: $0)
                }
                services[box.name] = rows
                for row in rows { unacknowledged[row] = try transaction.backlog(of: row) }
            }
            return DeliveryState(
                startedAt: Core.milliseconds(), boxes: services, unacknowledged: unacknowledged)
        }
    }
}
