public import StrictJSON

/// Asks for every later event of a conversation.
public struct Subscribe: WireRequest {
    public typealias Answer = Subscribed
    public static let type = "subscribe"
    /// The conversation.
    public var conversation: ConversationID
    /// What the reader has already; `nil` if nothing.
    public var from: Position?

    /// A subscribe.
    public init(conversation: ConversationID, from: Position? = nil) {
        self.conversation = conversation
        self.from = from
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.from = fields.has("from") ? try Position(fields.fields("from")) : nil
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        self.from?.write(as: "from", into: &writer)
    }
}

/// From here on later events are pushed.
public struct Subscribed: WireMessage {
    public static let type = "subscribed"
    /// The newest event: up to it by pages, beyond it by push.
    public var head: Head
    /// Whether the pages after `from` are all that the reader missed.
    public var recovered: Bool
    /// How far the services have got.
    public var receipts: [Receipt]
    /// The asking service's own, made of its readers' reports.
    public var own: Receipt
    /// Whether the conversation goes on.
    public var state: ConversationState
    /// Which services are there.
    public var services: [ServiceState]

    /// An answer.
    public init(
        head: Head, recovered: Bool, receipts: [Receipt], own: Receipt,
        state: ConversationState = .open, services: [ServiceState]
    ) {
        self.head = head
        self.recovered = recovered
        self.receipts = receipts
        self.own = own
        self.state = state
        self.services = services
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.head = try Head(fields.fields("head"))
        self.recovered = try fields.bool("recovered")
        var receipts: [Receipt] = []
        for entry in try fields.list("receipts", atMost: 64) {
            receipts.append(try Receipt(entry))
        }
        self.receipts = receipts
        self.own = try Receipt(fields.fields("own"))
        self.state = try fields.state()
        var services: [ServiceState] = []
        for entry in try fields.list("services", atMost: 64) {
            services.append(try ServiceState(entry))
        }
        self.services = services
    }

    public func write(into writer: inout JSONWriter) {
        self.head.write(as: "head", into: &writer)
        writer.member("recovered", self.recovered)
        writer.name("receipts")
        writer.array { writer in
            for receipt in self.receipts {
                writer.object { receipt.write(into: &$0) }
            }
        }
        writer.name("own")
        writer.object { self.own.write(into: &$0) }
        writer.member("state", self.state.rawValue)
        writer.name("services")
        writer.array { writer in
            for service in self.services {
                writer.object { service.write(into: &$0) }
            }
        }
    }
}

/// Wants no more pushes of a conversation.
public struct Unsubscribe: WireRequest {
    public typealias Answer = Unsubscribed
    public static let type = "unsubscribe"
    /// The conversation.
    public var conversation: ConversationID

    /// An unsubscribe.
    public init(conversation: ConversationID) { self.conversation = conversation }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
    }
}

/// No more pushes come.
public struct Unsubscribed: EmptyMessage {
    public static let type = "unsubscribed"
    /// An answer.
    public init() {}
}
