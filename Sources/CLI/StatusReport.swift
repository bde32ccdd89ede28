import Protocol
import StrictJSON

/// A status as text for people or as JSON for programs.
struct StatusReport {
    /// The status.
    let status: Status
    /// When it is read, in milliseconds since 1970.
    let now: Int64

    /// The broker in a line, and its services as a table.
    var text: String {
        var table = TextTable([
            "BOX", "SERVICE", "STATE", "WAITING", "OLDEST", "DEAD", "DUPLICATES?", "GATEWAYS",
        ])
        for service in self.status.services { table.add(self.cells(service)) }
        return """
            \(PlainText.of(self.status.agent)), up for \
            \(Age.text(since: self.status.startedAt, now: self.now)); \
            \(self.status.conversations) conversations, \(self.status.events) events, \
            \(Self.size(self.status.databaseBytes)); schema "\(PlainText.of(self.status.schema))"

            \(table.text)
            """ + self.storage + self.erasures
    }

    /// Why nothing can be stored; nothing if everything is.
    private var storage: String {
        self.status.storage.map { "\n\n" + StorageText.of($0, now: self.now) } ?? ""
    }

    /// The erasures that services have yet to acknowledge; nothing if there are none.
    private var erasures: String {
        guard self.status.erasures > 0 else { return "" }
        var table = TextTable(["ERASING", "AGE", "HAS YET TO REMOVE ITS SIDE"])
        for erasure in self.status.erasing {
            let waiting = erasure.waiting.map { service in
                service.refused.map { "\(service.service.text) (refused: \($0.reason))" }
                    ?? service.service.text
            }
            table.add([
                erasure.conversation.description, Age.text(since: erasure.at, now: self.now),
                waiting.joined(separator: ", "),
            ])
        }
        let others = self.status.erasures - Int64(self.status.erasing.count)
        return "\n\n\(table.text)" + (others > 0 ? "\nand \(others) more" : "")
    }

    private func cells(_ service: Status.Service) -> [String] {
        let since = service.since.map { " for \(Age.text(since: $0, now: self.now))" } ?? ""
        let hasConsumer = service.connections.contains { $0.mode == .consumer }
        let readers = service.connections.filter { $0.mode == .reader }.count
        let state: String =
            if service.isUp {
                "up\(since)"
            } else if hasConsumer {
                "paused\(since)"
            } else if readers > 0 {
                "reading"
            } else {
                "down\(since)"
            }
        let gateways = service.connections.map { connection in
            connection.generation > 0
                ? "\(connection.agent) (\(connection.mode.rawValue) \(connection.generation))"
                : "\(connection.agent) (\(connection.mode.rawValue))"
        }
        return [
            service.box.text, service.service.text, state, "\(service.backlog)",
            service.oldestUnacknowledgedAt.map { Age.text(since: $0, now: self.now) } ?? "-",
            "\(service.deadLetters)", "\(service.possibleDuplicates)",
            gateways.isEmpty ? "-" : gateways.joined(separator: ", "),
        ]
    }

    private static func size(_ bytes: Int64) -> String {
        bytes < 10_485_760 ? "\(bytes / 1_024) KiB" : "\(bytes / 1_048_576) MiB"
    }

    /// One JSON object: the members of the protocol's `status`.
    var json: String { JSONText.of(self.status) }
}

/// An answer of the broker as one JSON object.
enum JSONText {
    static func of(_ message: some WireMessage) -> String {
        var writer = JSONWriter()
        writer.object { message.write(into: &$0) }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Why nothing can be stored, for people.
enum StorageText {
    static func of(_ storage: Status.Storage, now: Int64) -> String {
        let reason = storage.code == .storageFull ? "the disk is full" : "the disk fails"
        return "NOTHING IS STORED for \(Age.text(since: storage.since, now: now)): \(reason) "
            + "(\(PlainText.of(storage.code.text)))"
    }
}

/// One line for a health check.
enum HealthLine {
    /// The line, and whether it says that all is well.
    static func of(_ status: Status, now: Int64) -> (text: String, isHealthy: Bool) {
        if let storage = status.storage {
            return ("unhealthy: \(StorageText.of(storage, now: now))", false)
        }
        let up = status.services.filter { $0.isUp || !$0.connections.isEmpty }.count
        let text =
            "healthy: \(PlainText.of(status.agent)), \(up) of \(status.services.count) "
            + "services connected"
        return (text, true)
    }
}
