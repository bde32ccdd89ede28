import Crypto
import FoundationEssentials
import GRDB
import Protocol

// Conversations, bindings and credentials.
extension StoreTransaction {
    /// A conversation of the session's box by its uid.
    ///
    /// - Throws: `Refused` with `not_found`.
    func conversation(_ uid: ConversationID, _ session: Session) throws -> ConversationRow {
        let row = try self.row(
            "SELECT id FROM conversation WHERE uid = ? AND box = ?",
            [Data(uid.bits.bytes), session.box.text])
        guard let row else {
            throw Refused(.notFound, "This box has no conversation \(uid).")
        }
        return ConversationRow(id: row[0], uid: uid)
    }

    /// Finds or makes the conversation of a peer id.
    ///
    /// - Throws: `Refused` with `not_found` or `credential_refused`.
    func open(_ open: Open, _ session: Session) throws -> (ConversationRow, Opened) {
        if let found = try self.conversation(of: open.peer, session.service) {
            try self.checkCredential(open.credential, found, session.service)
            let properties = try self.merge(open.properties, found)
            let head = try self.head(of: found)
            return (
                found,
                Opened(
                    conversation: found.uid, created: false, head: head, properties: properties)
            )
        }
        guard open.create else {
            throw Refused(.notFound, "No conversation is bound to this peer id.")
        }
        let made = try self.make(open, session)
        return (
            made,
            Opened(
                conversation: made.uid, created: true, head: .none, properties: open.properties)
        )
    }

    private func conversation(
        of peer: PeerID, _ service: ServiceRow
    ) throws -> ConversationRow? {
        let row = try self.row(
            """
            SELECT conversation.id, conversation.uid FROM side
            JOIN conversation ON conversation.id = side.conversation
            WHERE side.service = ? AND side.peer = ?
            """, [service.id, Data(peer.text.utf8)])
        guard let row else { return nil }
        guard let bits = Bits128(bytes: row[1] as Data) else {
            throw DamagedRow(table: "conversation", row: row[0])
        }
        return ConversationRow(id: row[0], uid: ConversationID(bits))
    }

    private func make(_ open: Open, _ session: Session) throws -> ConversationRow {
        let uid = ConversationID.derived(
            box: session.box, service: session.service.name, peer: open.peer)
        try self.execute(
            """
            INSERT INTO conversation(uid, box, opened_by, opened_at, properties)
            VALUES (?, ?, ?, ?, ?)
            """,
            [
                Data(uid.bits.bytes), session.box.text, session.service.id, self.now,
                PropertiesText.encode(open.properties),
            ])
        let made = ConversationRow(id: self.db.lastInsertedRowID, uid: uid)
        try self.execute(
            "INSERT INTO side(conversation, service) SELECT ?, id FROM service WHERE box = ?",
            [made.id, session.box.text])
        try self.setPeer(open.peer, made, session.service)
        if let credential = open.credential {
            try self.execute(
                """
                INSERT INTO credential(conversation, service, digest, made_at, used_at)
                VALUES (?, ?, ?, ?, ?)
                """, [made.id, session.service.id, credential, self.now, self.now])
        }
        return made
    }

    /// A conversation that has credentials of a service opens only for one of them.
    private func checkCredential(
        _ credential: String?, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws {
        let rows = try self.rows(
            """
            SELECT id, digest, used_at FROM credential
            WHERE conversation = ? AND service = ? AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > ?)
            """, [conversation.id, service.id, self.now])
        let hasCredentials = try self.row(
            "SELECT 1 FROM credential WHERE conversation = ? AND service = ?",
            [conversation.id, service.id])
        guard hasCredentials != nil else { return }
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

    private func merge(
        _ properties: [String: String], _ conversation: ConversationRow
    ) throws -> [String: String] {
        let known = try self.properties(of: conversation)
        let merged = known.merging(properties) { $1 }
        guard merged != known else { return known }
        guard merged.count <= Limits.properties else {
            throw Refused(
                .requestInvalid, "A conversation has at most \(Limits.properties) properties.")
        }
        try self.execute(
            "UPDATE conversation SET properties = ? WHERE id = ?",
            [PropertiesText.encode(merged), conversation.id])
        return merged
    }

    /// What is known about a conversation's client.
    func properties(of conversation: ConversationRow) throws -> [String: String] {
        let row = try self.row(
            "SELECT properties FROM conversation WHERE id = ?", [conversation.id])
        guard let properties = (row?[0] as String?).flatMap(PropertiesText.decode) else {
            throw DamagedRow(table: "conversation", row: conversation.id)
        }
        return properties
    }

    /// Gives a conversation a service's own id.
    ///
    /// - Throws: `Refused` with `not_found` or `binding_conflict`.
    func bind(_ bind: Bind, _ session: Session) throws {
        let conversation = try self.conversation(bind.conversation, session)
        if let owner = try self.conversation(of: bind.peer, session.service) {
            guard owner == conversation else {
                throw Refused(
                    .bindingConflict, "This peer id belongs to another conversation.")
            }
            return
        }
        let current = try self.peer(of: conversation, session.service)
        guard current == bind.replaces else {
            throw Refused(
                .bindingConflict,
                "The conversation is bound to another peer id than \"replaces\" names.")
        }
        try self.setPeer(bind.peer, conversation, session.service)
    }

    /// What a service calls a conversation.
    func peer(of conversation: ConversationRow, _ service: ServiceRow) throws -> PeerID? {
        let row = try self.row(
            "SELECT peer FROM side WHERE conversation = ? AND service = ?",
            [conversation.id, service.id])
        guard let data: Data = row?[0] else { return nil }
        return PeerID(String(decoding: data, as: UTF8.self))
    }

    private func setPeer(
        _ peer: PeerID, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws {
        try self.execute(
            "UPDATE side SET peer = ?, mark = NULL WHERE conversation = ? AND service = ?",
            [Data(peer.text.utf8), conversation.id, service.id])
    }

    /// A page of a service's own bindings.
    func bindings(_ request: ListBindings, _ session: Session) throws -> Bindings {
        let rows = try self.rows(
            """
            SELECT conversation.id, conversation.uid, side.peer, side.mark, side.handled FROM side
            JOIN conversation ON conversation.id = side.conversation
            WHERE side.service = ? AND side.peer IS NOT NULL AND side.peer > ?
            ORDER BY side.peer LIMIT ?
            """,
            [
                session.service.id, Data((request.after?.text ?? "").utf8), request.limit + 1,
            ])
        let entries = try rows.prefix(Int(request.limit)).map { row in
            guard let bits = Bits128(bytes: row[1] as Data),
                let peer = PeerID(String(decoding: row[2] as Data, as: UTF8.self))
            else { throw DamagedRow(table: "side", row: row[0]) }
            return Bindings.Binding(
                conversation: ConversationID(bits), peer: peer,
                mark: (row[3] as String?).flatMap { Mark($0) }, handled: row[4])
        }
        return Bindings(entries: entries, more: rows.count > entries.count)
    }
}

extension ConversationID {
    /// The UUIDv5 (RFC 9562, section 5.5) of the side that opened a conversation.
    ///
    /// Box and service are of the key alphabet, so the NUL between them can't stand in one.
    static func derived(box: Name, service: Name, peer: PeerID) -> ConversationID {
        var hash = Insecure.SHA1()
        hash.update(data: Self.namespace.bytes)
        hash.update(data: Array("\(box)\0\(service)\0\(peer)".utf8))
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        guard let bits = Bits128(bytes: bytes) else {
            preconditionFailure("Sixteen bytes are 128 bits.")
        }
        return ConversationID(bits)
    }

    /// The namespace of conversations, a random UUID: 6d1f3f0a-54d5-4b1c-9e0e-3c1a7f1b8a52.
    private static let namespace = Bits128(
        high: 0x6D1F_3F0A_54D5_4B1C, low: 0x9E0E_3C1A_7F1B_8A52)
}
