import BrokerStore
import FoundationEssentials
import GRDB
import Protocol

/// An erasure that was asked for, with whom it concerns.
struct ErasureBegun: Sendable {
    /// The conversation.
    var conversation: ConversationRow
    /// The services that have yet to remove their side.
    var waiting: Set<Int64>
    /// What is kept beside the database.
    var entries: [ErasedFile.Entry]
}

// Erasing a conversation: Erasing has the steps.
extension StoreTransaction {
    static var gone: Refused { Refused(.conversationGone, "The conversation was erased.") }

    /// Why no conversation has a uid: none has, or the one that had was erased.
    func missing(_ uid: ConversationID) throws -> Refused {
        let grave = try self.first("SELECT 1 FROM tombstone WHERE uid = ?", .bits(uid.bits)) {
            $0.integer(0)
        }
        return grave == nil ? Refused(.notFound, "This box has no conversation \(uid).") : Self.gone
    }

    /// Refuses a uid that was erased, or that a conversation has whose peer id was replaced.
    func checkFree(_ uid: ConversationID) throws {
        if let row = try self.erasedRow(of: uid) {
            guard !row.isErased else { throw Self.gone }
            throw Refused(
                .bindingConflict, "This peer id opened a conversation that has another one now.")
        }
        let missing = try self.missing(uid)
        if missing.code == .conversationGone { throw missing }
    }

    /// Where a service's cursor stands; `nil` if it holds nothing of the conversation.
    func cursor(_ conversation: Int64, _ service: ServiceRow) throws -> Int64? {
        try self.first(
            "SELECT handled FROM side WHERE conversation = ? AND service = ?",
            .integer(conversation), .integer(service.id)
        ) { $0.integer(0) }
    }

    /// How many services hold something of a conversation.
    func cursors(_ conversation: Int64) throws -> Int64 {
        try self.first(
            "SELECT count(*) FROM side WHERE conversation = ?", .integer(conversation)
        ) { $0.integer(0) } ?? 0
    }

    /// The newest of a service's ids of a conversation's events, in the order in which they were
    /// made.
    func newestExternal(_ conversation: Int64, _ service: ServiceRow) throws -> [ExternalID] {
        try self.rows(
            """
            SELECT id FROM external_id WHERE conversation = ? AND service = ?
            ORDER BY seq DESC, part DESC LIMIT ?
            """, [conversation, service.id, Limits.externalIDs]
        ).reversed().compactMap { ExternalID($0[0]) }
    }

    /// A conversation of which the session's service may hold something: it wasn't erased, or it is
    /// being erased and the service hasn't acknowledged that yet.
    ///
    /// - Throws: `Refused` with `not_found` or `conversation_gone`.
    func held(
        _ uid: ConversationID, _ session: Session
    ) throws -> (row: ConversationRow, isErased: Bool) {
        let (row, isErased) = try self.found(uid, session)
        if isErased {
            if try self.cursor(row.id, session.service) == nil { throw Self.gone }
        }
        return (row, isErased)
    }

    /// Erases a conversation, or lets whoever refused to remove its side try again.
    ///
    /// - Parameter id: the name of the event that says so.
    /// - Throws: `Refused` with `not_found`.
    func erase(
        _ request: Erase, id: EventID, _ session: Session, _ boxes: Boxes
    ) throws -> (Erasure, ErasureBegun) {
        guard let row = try self.erasedRow(of: request.conversation) else {
            throw try self.missing(request.conversation)
        }
        let conversation = row.conversation
        var entries: [ErasedFile.Entry] = []
        if row.isErased {
            try Erasing.retry(conversation.id, self.db)
        } else {
            entries = try self.bury(conversation)
            try Erasing.begin(
                conversation.id, self.db, now: self.now, eventID: Data(id.bits.bytes),
                configured: try self.configured(boxes))
        }
        let erasure = try self.erasure(of: request.conversation)
        entries.append(
            ErasedFile.Entry(conversation, at: erasure.at, isDone: erasure.waiting.isEmpty))
        let waiting = try self.rows(
            "SELECT service FROM side WHERE conversation = ?", [conversation.id])
        let begun = ErasureBegun(
            conversation: conversation, waiting: Set(waiting.map { $0[0] }), entries: entries)
        return (erasure, begun)
    }

    private func configured(_ boxes: Boxes) throws -> Set<Int64> {
        var configured: Set<Int64> = []
        for box in boxes.boxes {
            for name in box.services {
                if let service = try self.service(box: box.name, name: name) {
                    configured.insert(service.id)
                }
            }
        }
        return configured
    }

    /// Lets none of the services' names for a conversation open another one.
    private func bury(_ conversation: ConversationRow) throws -> [ErasedFile.Entry] {
        let rows = try self.rows(
            """
            SELECT service.name, side.peer FROM side JOIN service ON service.id = side.service
            WHERE side.conversation = ? AND side.peer IS NOT NULL
            """, [conversation.id])
        var entries: [ErasedFile.Entry] = []
        for row in rows {
            guard let service = Name(row[0]),
                let peer = PeerID(String(decoding: row[1] as Data, as: UTF8.self))
            else { continue }
            let uid = ConversationID.derived(box: conversation.box, service: service, peer: peer)
            guard uid != conversation.uid else { continue }
            try Erasing.bury(Data(uid.bits.bytes), at: self.now, self.db)
            entries.append(
                ErasedFile.Entry(
                    ConversationRow(id: 0, uid: uid, box: conversation.box), at: self.now,
                    isDone: true))
        }
        return entries
    }

    /// A conversation of any box, and whether it was erased.
    private func erasedRow(
        of uid: ConversationID
    ) throws -> (conversation: ConversationRow, isErased: Bool)? {
        let row = try self.row(
            "SELECT id, box, erasure IS NOT NULL FROM conversation WHERE uid = ?",
            [Data(uid.bits.bytes)])
        guard let row, let box = Name(row[1]) else { return nil }
        return (ConversationRow(id: row[0], uid: uid, box: box), row[2])
    }

    /// How far an erasure is.
    ///
    /// - Throws: `Refused` with `not_found` if the conversation wasn't erased.
    func erasure(of uid: ConversationID) throws -> Erasure {
        let row = try self.row(
            "SELECT id, erased_at FROM conversation WHERE uid = ? AND erasure IS NOT NULL",
            [Data(uid.bits.bytes)])
        let grave = try self.row(
            "SELECT 0, at FROM tombstone WHERE uid = ?", [Data(uid.bits.bytes)])
        guard let row = row ?? grave else {
            throw Refused(.notFound, "The conversation \(uid) isn't erased.")
        }
        return Erasure(
            conversation: uid, at: row[1], waiting: try self.waiting(row[0]),
            isOverwritten: try !Overwriting.isNeeded(self.db))
    }

    private func waiting(_ conversation: Int64) throws -> [Erasure.Waiting] {
        try self.rows(
            """
            SELECT service.name, failure.code, failure.reason
            FROM side JOIN service ON service.id = side.service
            LEFT JOIN failure ON failure.conversation = side.conversation
                AND failure.service = side.service
            WHERE side.conversation = ? ORDER BY service.id
            """, [conversation]
        ).compactMap { row in
            guard let service = Name(row[0]) else { return nil }
            let refused = (row[1] as String?).map {
                Erasure.Refusal(code: $0, reason: row[2] ?? "")
            }
            return Erasure.Waiting(service: service, refused: refused)
        }
    }

    /// The erasures that services have yet to acknowledge, the oldest first, and how many there are.
    func erasuresUnderWay() throws -> (count: Int64, oldest: [Erasure]) {
        let count = try self.row(
            "SELECT count(*) FROM conversation WHERE erasure = 'under way'", [])
        let rows = try self.rows(
            """
            SELECT uid FROM conversation WHERE erasure = 'under way' ORDER BY erased_at LIMIT ?
            """, [Limits.listedErasures])
        let oldest = try rows.compactMap { Bits128(bytes: $0[0] as Data) }.map {
            try self.erasure(of: ConversationID($0))
        }
        return (count?[0] ?? 0, oldest)
    }

    // MARK: What a service says about an erasure

    /// A service has removed its side; or it says so of an event before the erasure, which then
    /// comes next.
    func acknowledgeErased(
        _ conversation: ConversationRow, _ seq: Int64, _ external: [ExternalID], _ session: Session
    ) throws -> Advance {
        let service = session.service
        let head = try self.checkedHead(seq, conversation)
        guard seq == head else {
            return try self.erasureComesNext(conversation, seq, external, service)
        }
        try self.forgetLosses(of: service, conversation, upTo: seq)
        let isOver = try Erasing.acknowledged(conversation.id, by: service.id, self.db)
        var advance = Advance(
            conversation: conversation, service: service, handled: seq, hasMore: false)
        if isOver {
            advance.erased = ErasedFile.Entry(conversation, at: self.now, isDone: true)
        }
        return advance
    }

    /// A service will never remove its side: that stays to be seen, and is tried again when the
    /// erasure is asked for again.
    func refuseErased(
        _ letter: DeadLetter, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> Advance {
        guard try self.checkedHead(letter.seq, conversation) == letter.seq else {
            return try self.erasureComesNext(conversation, letter.seq, letter.external, service)
        }
        try self.setAside(
            letter.seq, conversation, service, code: letter.code, reason: letter.reason)
        return try self.passErasure(letter.seq, conversation, service)
    }

    /// Moves a cursor past an erasure that was set aside. That is no news of a receipt: of what was
    /// erased nobody has one.
    func passErasure(
        _ seq: Int64, _ conversation: ConversationRow, _ service: ServiceRow
    ) throws -> Advance {
        try self.execute(
            "UPDATE side SET handled = ? WHERE conversation = ? AND service = ?",
            [seq, conversation.id, service.id])
        return Advance(
            conversation: conversation, service: service, handled: seq, hasMore: false)
    }

    /// What of an earlier event stands on the far side must be removed there too.
    func erasureComesNext(
        _ conversation: ConversationRow, _ seq: Int64, _ external: [ExternalID],
        _ service: ServiceRow
    ) throws -> Advance {
        try self.keep(external, seq, conversation, service)
        return Advance(
            conversation: conversation, service: service,
            handled: try self.progress(conversation.id, service).handled, hasMore: true)
    }

    private func checkedHead(_ seq: Int64, _ conversation: ConversationRow) throws -> Int64 {
        try self.checkRange(seq, conversation)
        return try self.head(of: conversation).seq
    }

    // MARK: Finding

    /// A conversation of any box, by its uid or by what a service calls it.
    ///
    /// - Throws: `Refused` with `not_found`.
    func find(_ request: Find) throws -> Found {
        let uid = try self.uid(request.clue)
        let row = try self.row(
            """
            SELECT id, box, erasure IS NOT NULL, opened_at, head,
                (SELECT at FROM event WHERE event.conversation = conversation.id
                    ORDER BY seq DESC LIMIT 1)
            FROM conversation WHERE uid = ?
            """, [Data(uid.bits.bytes)])
        guard let row, let box = Name(row[1]) else { throw try self.missing(uid) }
        let conversation = ConversationRow(id: row[0], uid: uid, box: box)
        let isErased: Bool = row[2]
        return Found(
            conversation: uid, box: box, state: isErased ? nil : try self.state(of: conversation),
            openedAt: row[3], events: row[4], newestAt: row[5],
            peers: try self.namedPeers(of: conversation))
    }

    private func uid(_ clue: Find.Clue) throws -> ConversationID {
        switch clue {
        case .conversation(let uid): return uid
        case .peer(let peer, let service, let box):
            let row = try self.row(
                """
                SELECT conversation.uid FROM service
                JOIN side ON side.service = service.id AND side.peer = ?
                JOIN conversation ON conversation.id = side.conversation
                WHERE service.box = ? AND service.name = ?
                """, [Data(peer.text.utf8), box.text, service.text])
            guard let row else {
                return ConversationID.derived(box: box, service: service, peer: peer)
            }
            guard let bits = Bits128(bytes: row[0] as Data) else {
                throw DamagedRow(table: "conversation", row: 0)
            }
            return ConversationID(bits)
        }
    }

    private func namedPeers(of conversation: ConversationRow) throws -> [Found.Peer] {
        try self.rows(
            """
            SELECT service.name, side.peer FROM side JOIN service ON service.id = side.service
            WHERE side.conversation = ? AND side.peer IS NOT NULL ORDER BY service.id
            """, [conversation.id]
        ).compactMap { row in
            guard let service = Name(row[0]),
                let peer = PeerID(String(decoding: row[1] as Data, as: UTF8.self))
            else { return nil }
            return Found.Peer(service: service, peer: peer)
        }
    }
}

extension ErasedFile.Entry {
    /// What is kept of a conversation.
    init(_ conversation: ConversationRow, at: Int64, isDone: Bool) {
        guard let uid = ErasedUID(bytes: conversation.uid.bits.bytes) else {
            preconditionFailure("128 bits are sixteen bytes.")
        }
        self.init(uid: uid, box: conversation.box.text, at: at, isDone: isDone)
    }
}
