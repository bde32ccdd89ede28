public import StrictJSON

/// One event of another service, for a consumer to handle and acknowledge.
public struct Delivery: WireMessage {
    public static let type = "delivery"
    /// The conversation.
    public var conversation: ConversationID
    /// What the consumer's service calls it, once it is bound.
    public var peer: PeerID?
    /// What is known about the client.
    public var properties: [String: String]
    /// The event, as it was committed.
    public var event: Event
    /// The far side's ids of those parts of this event that were made already.
    public var external: [ExternalID]
    /// The newest far-side id of an earlier event.
    public var lastExternal: ExternalID?
    /// This service's ids of the message that an edit, a deletion or a requeue means.
    public var targetExternal: [ExternalID]
    /// This service's ids of the event that a message answers; where that is its own, its key.
    public var replyExternal: [ExternalID]
    /// Why the event was set aside: with kind ``Event/Kind/setAside`` only.
    public var setAside: SetAside?

    /// A delivery.
    public init(
        conversation: ConversationID, peer: PeerID?, properties: [String: String], event: Event,
        external: [ExternalID], lastExternal: ExternalID?, targetExternal: [ExternalID] = [],
        replyExternal: [ExternalID] = [], setAside: SetAside? = nil
    ) {
        self.conversation = conversation
        self.peer = peer
        self.properties = properties
        self.event = event
        self.external = external
        self.lastExternal = lastExternal
        self.targetExternal = targetExternal
        self.replyExternal = replyExternal
        self.setAside = setAside
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.peer = fields.has("peer") ? try fields.peer() : nil
        self.properties = try fields.properties("properties")
        self.event = try Event(fields.fields("event"))
        self.external = try fields.externalIDs()
        self.lastExternal = try fields.optionalValue("last_external", "an external id") {
            ExternalID($0)
        }
        self.targetExternal = try fields.externalIDs("target_external")
        self.replyExternal = try fields.externalIDs("reply_external")
        self.setAside =
            fields.has("set_aside") ? try SetAside(fields.fields("set_aside")) : nil
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member(ifPresent: "peer", self.peer?.text)
        writer.write(properties: self.properties)
        writer.name("event")
        self.event.write(into: &writer)
        writer.write(external: self.external)
        writer.member(ifPresent: "last_external", self.lastExternal?.text)
        if !self.targetExternal.isEmpty {
            writer.write(external: self.targetExternal, as: "target_external")
        }
        if !self.replyExternal.isEmpty {
            writer.write(external: self.replyExternal, as: "reply_external")
        }
        if let setAside = self.setAside {
            writer.name("set_aside")
            writer.object { setAside.write(into: &$0) }
        }
    }
}
