public import StrictJSON

/// Asks which far-side ids of a conversation the broker has.
public struct Known: WireRequest {
    public typealias Answer = KnownIDs
    public static let type = "known"
    public static let isRead = true
    /// The conversation.
    public var conversation: ConversationID
    /// The far side's ids, at most 100.
    public var ids: [ExternalID]

    /// A question.
    public init(conversation: ConversationID, ids: [ExternalID]) {
        self.conversation = conversation
        self.ids = ids
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.ids = try fields.externalIDs("ids", atMost: Limits.knownIDs)
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.write(external: self.ids, as: "ids")
    }
}

/// What the broker has of the ids that were asked for.
public struct KnownIDs: WireMessage {
    public static let type = "known_ids"
    /// One entry for each id that it has.
    public var entries: [Entry]

    /// A far-side id that the broker has.
    public struct Entry: Equatable, Sendable {
        /// The id.
        public var id: ExternalID
        /// The event; `nil` for a key that a deletion reserved.
        public var seq: Int64?
        /// Whether it is the key of an event that the asking service sent, rather than the
        /// external id of one that was delivered to it.
        public var isOwn: Bool
        /// The message's present revision.
        public var revision: Int64
        /// Whether it was deleted.
        public var isDeleted: Bool

        /// An entry.
        public init(id: ExternalID, seq: Int64?, isOwn: Bool, revision: Int64, isDeleted: Bool) {
            self.id = id
            self.seq = seq
            self.isOwn = isOwn
            self.revision = revision
            self.isDeleted = isDeleted
        }
    }

    /// An answer.
    public init(entries: [Entry]) { self.entries = entries }

    public init(_ fields: Fields) throws(FieldError) {
        var entries: [Entry] = []
        for entry in try fields.list("entries", atMost: 2 * Limits.knownIDs) {
            entries.append(
                Entry(
                    id: try entry.externalID(), seq: try entry.optionalInteger("seq"),
                    isOwn: try entry.bool("own"), revision: try entry.integer("revision"),
                    isDeleted: try entry.bool("deleted")))
        }
        self.entries = entries
    }

    public func write(into writer: inout JSONWriter) {
        writer.name("entries")
        writer.array { writer in
            for entry in self.entries {
                writer.object { writer in
                    writer.member("id", entry.id.text)
                    writer.member(ifPresent: "seq", entry.seq)
                    writer.member("own", entry.isOwn)
                    writer.member("revision", entry.revision)
                    writer.member("deleted", entry.isDeleted)
                }
            }
        }
    }
}
