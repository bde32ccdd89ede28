public import StrictJSON

/// Erases a conversation for good: a durable job, of which the answer says how far it is.
///
/// Repeating it changes nothing more, and lets a service that set its part aside try again.
public struct Erase: WireRequest {
    public typealias Answer = Erasure
    public static let type = "erase"
    /// The conversation.
    public var conversation: ConversationID

    /// An erasure.
    public init(conversation: ConversationID) { self.conversation = conversation }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
    }
}

/// Asks how far an erasure is.
public struct GetErasure: WireRequest {
    public typealias Answer = Erasure
    public static let type = "get_erasure"
    public static let isRead = true
    /// The conversation.
    public var conversation: ConversationID

    /// A question.
    public init(conversation: ConversationID) { self.conversation = conversation }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
    }
}

/// How far an erasure is.
public struct Erasure: WireMessage {
    public static let type = "erasure"
    /// The conversation.
    public var conversation: ConversationID
    /// When it was erased, in milliseconds since 1970.
    public var at: Int64
    /// The services that still have to remove their side.
    public var waiting: [Waiting]
    /// Whether nothing of it stands in unused parts of the database's file any more.
    public var isOverwritten: Bool
    /// Files beside the database that ChatBox made before, and that hold it still.
    public var copies: [String]

    /// A service that still has to remove its side.
    public struct Waiting: Equatable, Sendable {
        /// The service.
        public var service: Name
        /// Why it has set that aside, if it has.
        public var refused: Refusal?

        /// A service.
        public init(service: Name, refused: Refusal? = nil) {
            self.service = service
            self.refused = refused
        }
    }

    /// Why a service doesn't remove its side.
    public struct Refusal: Equatable, Sendable {
        /// The far side's code, or `poison`.
        public var code: String
        /// A sentence.
        public var reason: String

        /// A refusal.
        public init(code: String, reason: String) {
            self.code = code
            self.reason = reason
        }
    }

    /// Whether nothing is left to do.
    public var isFinished: Bool { self.waiting.isEmpty && self.isOverwritten }

    /// An answer.
    public init(
        conversation: ConversationID, at: Int64, waiting: [Waiting], isOverwritten: Bool,
        copies: [String] = []
    ) {
        self.conversation = conversation
        self.at = at
        self.waiting = waiting
        self.isOverwritten = isOverwritten
        self.copies = copies
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        self.at = try fields.integer("at")
        self.waiting = try Self.waiting(fields)
        self.isOverwritten = try fields.bool("overwritten")
        var copies: [String] = []
        for (index, copy) in try fields.array("copies", atMost: Limits.listedCopies).enumerated() {
            guard let path = copy.string else { throw fields.wrong("copies[\(index)]", "a path") }
            copies.append(path)
        }
        self.copies = copies
    }

    static func waiting(_ fields: Fields) throws(FieldError) -> [Waiting] {
        var waiting: [Waiting] = []
        for entry in try fields.list("waiting", atMost: Limits.listedServices) {
            waiting.append(try Waiting(entry))
        }
        return waiting
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        writer.member("at", self.at)
        Self.write(self.waiting, into: &writer)
        writer.member("overwritten", self.isOverwritten)
        if !self.copies.isEmpty {
            writer.name("copies")
            writer.array { writer in
                for copy in self.copies { writer.write(copy) }
            }
        }
    }

    static func write(_ waiting: [Waiting], into writer: inout JSONWriter) {
        writer.name("waiting")
        writer.array { writer in
            for service in waiting {
                writer.object { service.write(into: &$0) }
            }
        }
    }
}

extension Erasure.Waiting {
    init(_ fields: Fields) throws(FieldError) {
        self.service = try fields.name("service")
        if fields.has("refused") {
            let refused = try fields.fields("refused")
            self.refused = Erasure.Refusal(
                code: try refused.text("code", bytes: 1...Limits.keyBytes),
                reason: try refused.text("reason"))
        } else {
            self.refused = nil
        }
    }

    func write(into writer: inout JSONWriter) {
        writer.member("service", self.service.text)
        if let refused = self.refused {
            writer.name("refused")
            writer.object { writer in
                writer.member("code", refused.code)
                writer.member("reason", refused.reason)
            }
        }
    }
}
