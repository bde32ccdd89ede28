import Crypto
import FoundationEssentials
import GRDB
import Protocol

// Conversations and their bindings.
extension StoreTransaction {
    /// A conversation of the session's box by its uid; an admin's of any box.
    ///
    /// - Throws: `Refused` with `not_found` or `conversation_gone`.
    func conversation(_ uid: ConversationID, _ session: Session) throws -> ConversationRow {
        let (conversation, isErased) = try self.found(uid, session)
        if isErased { throw Self.gone }
        return conversation
    }

    /// The same, and whether it was erased.
    func found(
        _ uid: ConversationID, _ session: Session
    ) throws -> (row: ConversationRow, isErased: Bool) {
        let found = try self.first(
            "SELECT id, box, erasure IS NOT NULL FROM conversation WHERE uid = ?", .bits(uid.bits)
        ) { (id: $0.integer(0), box: Name($0.text(1)), isErased: $0.bool(2)) }
        guard let found, let box = found.box, box == session.box || session.mode == .admin else {
            throw try self.missing(uid)
        }
        return (ConversationRow(id: found.id, uid: uid, box: box), found.isErased)
    }

    /// The conversation of a row.
    func conversation(row id: Int64, box: Name) throws -> ConversationRow {
        let row = try self.row("SELECT uid FROM conversation WHERE id = ?", [id])
        guard let bits = (row?[0] as Data?).flatMap({ Bits128(bytes: $0) }) else {
            throw DamagedRow(table: "conversation", row: id)
        }
        return ConversationRow(id: id, uid: ConversationID(bits), box: box)
    }

    /// Finds or makes the conversation of a peer id.
    ///
    /// - Throws: `Refused` with `not_found`, `conversation_gone`, `credential_refused` or
    ///   `field_invalid`.
    func open(_ open: Open, _ session: Session) throws -> (ConversationRow, Opened) {
        try self.checkForm(of: open.peer, "peer", session)
        if let (found, isErased) = try self.conversation(of: open.peer, session) {
            if isErased { throw Self.gone }
            try self.checkCredential(open.credential, found, session.service)
            let properties = try self.merge(open.properties, found)
            let opened = Opened(
                conversation: found.uid, created: false, head: try self.head(of: found),
                properties: properties, state: try self.state(of: found))
            return (found, opened)
        }
        let uid = ConversationID.derived(
            box: session.box, service: session.service.name, peer: open.peer)
        try self.checkFree(uid)
        guard open.create else {
            throw Refused(.notFound, "No conversation is bound to this peer id.")
        }
        let properties = open.properties.filter { !$0.value.isEmpty }
        let made = try self.make(uid, open, properties, session)
        return (
            made,
            Opened(conversation: made.uid, created: true, head: .none, properties: properties)
        )
    }

    /// A service names its conversations in one form only.
    private func checkForm(of peer: PeerID, _ field: String, _ session: Session) throws {
        guard session.peerKind.accepts(peer) else {
            throw Refused(FieldError(field, session.peerKind.expectation))
        }
    }

    private func conversation(
        of peer: PeerID, _ session: Session
    ) throws -> (row: ConversationRow, isErased: Bool)? {
        let row = try self.row(
            """
            SELECT conversation.id, conversation.uid, erasure IS NOT NULL FROM side
            JOIN conversation ON conversation.id = side.conversation
            WHERE side.service = ? AND side.peer = ?
            """, [session.service.id, Data(peer.text.utf8)])
        guard let row else { return nil }
        guard let bits = Bits128(bytes: row[1] as Data) else {
            throw DamagedRow(table: "conversation", row: row[0])
        }
        let found = ConversationRow(id: row[0], uid: ConversationID(bits), box: session.box)
        return (found, row[2])
    }

    private func make(
        _ uid: ConversationID, _ open: Open, _ properties: [String: String], _ session: Session
    ) throws -> ConversationRow {
        try self.execute(
            """
            INSERT INTO conversation(uid, box, opened_by, opened_at, properties)
            VALUES (?, ?, ?, ?, ?)
            """,
            [
                Data(uid.bits.bytes), session.box.text, session.service.id, self.now,
                PropertiesText.encode(properties),
            ])
        let made = ConversationRow(
            id: self.db.lastInsertedRowID, uid: uid, box: session.box)
        try self.execute(
            "INSERT INTO side(conversation, service) SELECT ?, id FROM service WHERE box = ?",
            [made.id, session.box.text])
        try self.setPeer(open.peer, made, session.service)
        if let credential = open.credential {
            try self.keep(credential, expiresAt: nil, made, session.service)
        }
        return made
    }

    /// Gives a conversation a service's own id.
    ///
    /// - Throws: `Refused` with `not_found`, `binding_conflict` or `field_invalid`.
    func bind(_ bind: Bind, _ session: Session) throws {
        try self.checkForm(of: bind.peer, "peer", session)
        // To an erased one too, until its service has acknowledged that: what was just made on the
        // far side has to be found there and removed.
        let conversation = try self.held(bind.conversation, session).row
        if let owner = try self.conversation(of: bind.peer, session) {
            guard owner.row == conversation else {
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

    /// What each service calls a conversation that has a name for it.
    func peers(of conversation: ConversationRow) throws -> [Int64: PeerID] {
        var peers: [Int64: PeerID] = [:]
        try self.each(
            "SELECT service, peer FROM side WHERE conversation = ? AND peer IS NOT NULL",
            .integer(conversation.id)
        ) { columns in
            peers[columns.integer(0)] = PeerID(columns.text(1))
            return true
        }
        return peers
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
                AND conversation.erasure IS NULL
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
