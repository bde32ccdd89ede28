public import StrictJSON

/// Looks for a conversation of any box, for whoever knows its uid or what a service calls it.
public struct Find: WireRequest {
    public typealias Answer = Found
    public static let type = "find"
    public static let isRead = true
    /// What is known of it.
    public var clue: Clue

    /// What is known of a conversation.
    public enum Clue: Equatable, Sendable {
        /// Its uid.
        case conversation(ConversationID)
        /// What a service of a box calls it.
        case peer(PeerID, service: Name, box: Name)
    }

    /// A search.
    public init(_ clue: Clue) { self.clue = clue }

    public init(_ fields: Fields) throws(FieldError) {
        if fields.has("conversation") {
            self.clue = .conversation(try fields.conversation())
        } else {
            self.clue = .peer(
                try fields.peer(), service: try fields.name("service"), box: try fields.name("box"))
        }
    }

    public func write(into writer: inout JSONWriter) {
        switch self.clue {
        case .conversation(let conversation):
            writer.member("conversation", conversation.description)
        case .peer(let peer, let service, let box):
            writer.member("peer", peer.text)
            writer.member("service", service.text)
            writer.member("box", box.text)
        }
    }
}

/// What a conversation is, without anything that was said.
public struct Found: WireMessage {
    public static let type = "found"
    /// The conversation.
    public var conversation: ConversationID
    /// Its box.
    public var box: Name
    /// Whether it goes on; `nil` for one that was erased.
    public var state: ConversationState?
    /// When it was opened, in milliseconds since 1970; 0 if that isn't kept any more.
    public var openedAt: Int64
    /// How many events it has had.
    public var events: Int64
    /// When its newest event was stored, in milliseconds since 1970; `nil` if there is none.
    public var newestAt: Int64?
    /// What the services call it.
    public var peers: [Peer]

    /// What a service calls it.
    public struct Peer: Equatable, Sendable {
        /// The service.
        public var service: Name
        /// Its own id of the conversation.
        public var peer: PeerID

        /// A name.
        public init(service: Name, peer: PeerID) {
            self.service = service
            self.peer = peer
        }
    }

    /// An answer.
    public init(
        conversation: ConversationID, box: Name, state: ConversationState?, openedAt: Int64,
        events: Int64, newestAt: Int64?, peers: [Peer]
    ) {
        self.conversation = conversation
        self.box = box
        self.state = state
        self.openedAt = openedAt
        self.events = events
        self.newestAt = newestAt
        self.peers = peers
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.box = try fields.name("box")
        self.state = fields.has("state") ? try fields.state() : nil
        self.openedAt = try fields.integer("opened_at")
        self.events = try fields.integer("events")
        self.newestAt = try fields.optionalInteger("newest_at")
        var peers: [Peer] = []
        for entry in try fields.list("peers", atMost: Limits.listedServices) {
            peers.append(Peer(service: try entry.name("service"), peer: try entry.peer()))
        }
        self.peers = peers
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("box", self.box.text)
        writer.member(ifPresent: "state", self.state?.rawValue)
        writer.member("opened_at", self.openedAt)
        writer.member("events", self.events)
        writer.member(ifPresent: "newest_at", self.newestAt)
        writer.name("peers")
        writer.array { writer in
            for peer in self.peers {
                writer.object { writer in
                    writer.member("service", peer.service.text)
                    writer.member("peer", peer.peer.text)
                }
            }
        }
    }
}
