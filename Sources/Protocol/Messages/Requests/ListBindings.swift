public import StrictJSON

/// Asks for this service's own bindings, in the byte order of peers.
public struct ListBindings: WireRequest {
    public typealias Answer = Bindings
    public static let type = "bindings"
    public static let isRead = true
    /// The last peer of the page before.
    public var after: PeerID?
    /// The most entries to answer, 1–100.
    public var limit: Int64

    /// A request for a page.
    public init(after: PeerID? = nil, limit: Int64 = Int64(Limits.pageEvents)) {
        self.after = after
        self.limit = limit
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.after = fields.has("after") ? try fields.peer("after") : nil
        self.limit =
            try fields.optionalInteger("limit", in: 1...Int64(Limits.pageEvents))
            ?? Int64(Limits.pageEvents)
    }

    public func write(into writer: inout JSONWriter) {
        writer.member(ifPresent: "after", self.after?.text)
        writer.member("limit", self.limit)
    }
}

/// A page of bindings.
public struct Bindings: WireMessage {
    public static let type = "bindings"
    /// The entries.
    public var entries: [Binding]
    /// Whether there are further ones.
    public var more: Bool

    /// A conversation's id in this service, and how far the service has got.
    public struct Binding: Equatable, Sendable {
        /// The conversation.
        public var conversation: ConversationID
        /// What this service calls it.
        public var peer: PeerID
        /// The far-side id up to which everything is stored or deliberately ignored.
        public var mark: Mark?
        /// The cursor.
        public var handled: Int64

        /// A binding.
        public init(conversation: ConversationID, peer: PeerID, mark: Mark?, handled: Int64) {
            self.conversation = conversation
            self.peer = peer
            self.mark = mark
            self.handled = handled
        }
    }

    /// A page.
    public init(entries: [Binding], more: Bool) {
        self.entries = entries
        self.more = more
    }

    public init(_ fields: Fields) throws(FieldError) {
        var entries: [Binding] = []
        for entry in try fields.list("entries", atMost: Limits.pageEvents) {
            entries.append(
                Binding(
                    conversation: try entry.conversation(), peer: try entry.peer(),
                    mark: try entry.optionalMark(), handled: try entry.integer("handled")))
        }
        self.entries = entries
        self.more = try fields.bool("more")
    }

    public func write(into writer: inout JSONWriter) {
        writer.name("entries")
        writer.array { writer in
            for entry in self.entries {
                writer.object { writer in
                    writer.member("conversation", entry.conversation.description)
                    writer.member("peer", entry.peer.text)
                    writer.member(ifPresent: "mark", entry.mark?.text)
                    writer.member("handled", entry.handled)
                }
            }
        }
        writer.member("more", self.more)
    }
}
