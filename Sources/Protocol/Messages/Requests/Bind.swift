public import StrictJSON

/// Gives a conversation this service's own id.
public struct Bind: WireRequest {
    public typealias Answer = Bound
    public static let type = "bind"
    /// The conversation.
    public var conversation: ConversationID
    /// What this service calls it.
    public var peer: PeerID
    /// The id that this one takes the place of, if there is one.
    public var replaces: PeerID?

    /// A bind.
    public init(conversation: ConversationID, peer: PeerID, replaces: PeerID? = nil) {
        self.conversation = conversation
        self.peer = peer
        self.replaces = replaces
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.peer = try fields.peer()
        self.replaces = fields.has("replaces") ? try fields.peer("replaces") : nil
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("peer", self.peer.text)
        writer.member(ifPresent: "replaces", self.replaces?.text)
    }
}

/// The id is bound.
public struct Bound: EmptyMessage {
    public static let type = "bound"
    /// An answer.
    public init() {}
}
