import GRDB
import Protocol

// What may stand on a far side twice, because nobody can find out any more.
extension StoreTransaction {
    /// Counts an event that may stand on a service's far side twice, once however often that is said.
    func notePossibleDuplicate(
        _ seq: Int64, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws {
        let isNew = try self.row(
            """
            UPDATE side SET doubted = ?1 WHERE conversation = ?2 AND service = ?3 AND doubted < ?1
            RETURNING doubted
            """, [seq, conversation.id, service.id])
        guard isNew != nil else { return }
        try self.execute(
            "UPDATE service SET possible_duplicates = possible_duplicates + 1 WHERE id = ?",
            [service.id])
    }

    /// How many events may stand on a service's far side twice, of all that there ever were.
    func possibleDuplicates(of service: ServiceRow) throws -> Int64 {
        let row = try self.row(
            "SELECT possible_duplicates FROM service WHERE id = ?", [service.id])
        return row?[0] ?? 0
    }
}
