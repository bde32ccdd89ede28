public import StrictJSON

/// Asks for a page of events.
public struct History: WireRequest {
    public typealias Answer = Page
    public static let type = "history"
    public static let isRead = true
    /// The conversation.
    public var conversation: ConversationID
    /// Where the page lies.
    public var range: Range
    /// The most events to answer, 1–100.
    public var limit: Int64

    /// From which event, and in which direction.
    public enum Range: Equatable, Sendable {
        /// The events that follow a seq, the next ones first.
        case after(Int64)
        /// The events that precede a seq, the nearest ones first.
        case before(Int64)
    }

    /// A history request.
    public init(
        conversation: ConversationID, _ range: Range, limit: Int64 = Int64(Limits.pageEvents)
    ) {
        self.conversation = conversation
        self.range = range
        self.limit = limit
    }

    public init(_ fields: Fields) throws(FieldError) {
        self.conversation = try fields.conversation()
        switch (try fields.optionalInteger("after"), try fields.optionalInteger("before")) {
        case (let after?, nil): self.range = .after(after)
        case (nil, let before?): self.range = .before(before)
        default: throw fields.wrong("after", "there, or \"before\", and not both")
        }
        self.limit =
            try fields.optionalInteger("limit", in: 1...Int64(Limits.pageEvents))
            ?? Int64(Limits.pageEvents)
    }

    public func write(into writer: inout JSONWriter) {
        writer.member("conversation", self.conversation.description)
        switch self.range {
        case .after(let seq): writer.member("after", seq)
        case .before(let seq): writer.member("before", seq)
        }
        writer.member("limit", self.limit)
    }
}

/// A page of events, ascending.
public struct Page: WireMessage {
    public static let type = "page"
    /// The events.
    public var events: [Event]
    /// Whether there are further ones in the direction that was asked for.
    public var more: Bool

    /// A page.
    public init(events: [Event], more: Bool) {
        self.events = events
        self.more = more
    }

    public init(_ fields: Fields) throws(FieldError) {
        var events: [Event] = []
        for entry in try fields.list("events", atMost: Limits.pageEvents) {
            events.append(try Event(entry))
        }
        self.events = events
        self.more = try fields.bool("more")
    }

    public func write(into writer: inout JSONWriter) {
        writer.name("events")
        writer.array { writer in
            for event in self.events { event.write(into: &writer) }
        }
        writer.member("more", self.more)
    }
}
