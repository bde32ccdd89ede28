import FoundationEssentials
import GRDB
import Protocol

// Pictures of authors, for everybody in a box.
extension StoreTransaction {
    /// Keeps a picture under its reference, for good.
    ///
    /// - Throws: `Refused` with `idempotency_conflict` if another picture has that reference.
    func keep(_ picture: PutPicture, _ session: Session) throws {
        if let known = try self.picture(picture.picture, session) {
            guard known == picture.content else {
                throw Refused(
                    .idempotencyConflict,
                    "The reference \(picture.picture) belongs to another picture.")
            }
            return
        }
        try self.execute(
            "INSERT INTO picture(box, reference, media_type, bytes, at) VALUES (?, ?, ?, ?, ?)",
            [
                session.box.text, picture.picture.text, picture.content.mediaType.rawValue,
                Data(picture.content.bytes), self.now,
            ])
    }

    /// The picture of a reference.
    ///
    /// - Throws: `Refused` with `not_found`.
    func picture(_ request: GetPicture, _ session: Session) throws -> Picture {
        guard let picture = try self.picture(request.picture, session) else {
            throw Refused(.notFound, "This box has no picture \(request.picture).")
        }
        return picture
    }

    private func picture(_ reference: Name, _ session: Session) throws -> Picture? {
        let row = try self.row(
            "SELECT id, media_type, bytes FROM picture WHERE box = ? AND reference = ?",
            [session.box.text, reference.text])
        guard let row else { return nil }
        guard let mediaType = Picture.MediaType(rawValue: row[1]) else {
            throw DamagedRow(table: "picture", row: row[0])
        }
        return Picture(mediaType: mediaType, bytes: Array(row[2] as Data))
    }
}
