import GRDB
import Protocol

// Which secrets open a conversation; only their digests are known.
extension StoreTransaction {
    /// A conversation that has credentials of a service opens only for a valid one of them.
    func checkCredential(
        _ credential: String?, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws {
        let hasCredentials = try self.row(
            "SELECT 1 FROM credential WHERE conversation = ? AND service = ?",
            [conversation.id, service.id])
        guard hasCredentials != nil else { return }
        let rows = try self.rows(
            """
            SELECT id, digest, used_at FROM credential
            WHERE conversation = ? AND service = ? AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > ?)
            """, [conversation.id, service.id, self.now])
        // The digest of a secret of 256 random bits: nothing is learned from how long this takes.
        guard let credential, let row = rows.first(where: { $0[1] == credential }) else {
            throw Refused(
                .credentialRefused, "The secret doesn't belong to this conversation.")
        }
        let usedAt: Int64 = row[2]
        if self.now - usedAt >= Self.usePrecision {
            try self.execute(
                "UPDATE credential SET used_at = ? WHERE id = ?", [self.now, row[0] as Int64])
        }
    }

    /// How exactly the last use of a credential is kept, in milliseconds: an hour, so that a
    /// reconnect isn't a write.
    private static let usePrecision: Int64 = 3_600_000

    /// Lets one more secret open a conversation, or the same until another time.
    ///
    /// - Throws: `Refused` with `not_found` or `request_invalid`.
    func addCredential(_ request: AddCredential, _ session: Session) throws {
        let conversation = try self.conversation(request.conversation, session)
        let row = try self.row(
            """
            SELECT count(*) FROM credential
            WHERE conversation = ? AND service = ? AND digest <> ? AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > ?)
            """, [conversation.id, session.service.id, request.credential, self.now])
        guard row?[0] ?? 0 < Int64(Limits.credentials) else {
            throw Refused(
                .requestInvalid,
                "\(Limits.credentials) secrets open this conversation already; revoke one first.")
        }
        try self.keep(
            request.credential, expiresAt: request.expiresAt, conversation, session.service)
    }

    /// Keeps a credential as valid.
    func keep(
        _ credential: String, expiresAt: Int64?, _ conversation: ConversationRow,
        _ service: ServiceRow
    ) throws {
        try self.execute(
            """
            INSERT INTO credential(conversation, service, digest, made_at, used_at, expires_at)
            VALUES (?1, ?2, ?3, ?4, ?4, ?5)
            ON CONFLICT(conversation, service, digest)
            DO UPDATE SET expires_at = excluded.expires_at, revoked_at = NULL
            """, [conversation.id, service.id, credential, self.now, expiresAt])
    }

    /// Lets a secret open a conversation no longer; one that never did changes nothing.
    ///
    /// - Throws: `Refused` with `not_found`.
    func revokeCredential(_ request: RevokeCredential, _ session: Session) throws {
        let conversation = try self.conversation(request.conversation, session)
        try self.execute(
            """
            UPDATE credential SET revoked_at = ?
            WHERE conversation = ? AND service = ? AND digest = ? AND revoked_at IS NULL
            """, [self.now, conversation.id, session.service.id, request.credential])
    }
}
