internal import FoundationEssentials
internal import GRDB

/// What a database holds that a backup of it doesn't: what a restore takes away from everybody but
/// the kept file.
package struct RestorationLoss: Equatable, Sendable {
    /// The conversations that lose their newest events.
    package var shortened = 0
    /// The conversations that the backup doesn't know at all.
    package var whole = 0
    /// The events of all these.
    package var events: Int64 = 0

    /// Compares two databases, neither of which is in use; `nil` if one can't be read.
    package static func of(restoring backup: String, over database: String) -> RestorationLoss? {
        guard let before = self.heads(database), let after = self.heads(backup) else { return nil }
        var loss = RestorationLoss()
        for (uid, head) in before {
            let left = after[uid] ?? 0
            guard left < head else { continue }
            if after[uid] == nil { loss.whole += 1 } else { loss.shortened += 1 }
            loss.events += head - left
        }
        return loss
    }

    /// The number of each conversation's newest event, by its uid.
    private static func heads(_ path: String) -> [Data: Int64]? {
        let configuration = DatabaseFile.configuration(label: "compare", isReadOnly: true)
        guard let queue = try? DatabaseQueue(path: path, configuration: configuration) else {
            return nil
        }
        defer { try? queue.close() }
        return try? queue.read { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT uid, head FROM conversation WHERE head > 0")
            var heads: [Data: Int64] = [:]
            while let row = try rows.next() { heads[row[0]] = row[1] }
            return heads
        }
    }
}
