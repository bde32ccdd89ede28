public import StrictJSON

/// The newest event of a conversation.
public struct Head: Equatable, Sendable {
    /// Its seq; 0 if there is none yet.
    public var seq: Int64
    /// Its id; `nil` if there is none yet.
    public var id: EventID?

    /// Before the first event.
    public static let none = Head(seq: 0, id: nil)

    /// A head.
    public init(seq: Int64, id: EventID?) {
        self.seq = seq
        self.id = id
    }

    init(_ fields: Fields) throws(FieldError) {
        self.seq = try fields.integer("seq")
        self.id = fields.has("id") ? try fields.eventID() : nil
    }

    /// Writes it as a member.
    public func write(as name: String, into writer: inout JSONWriter) {
        writer.name(name)
        writer.object { writer in
            writer.member("seq", self.seq)
            if let id = self.id {
                writer.member("id", id.description)
            } else {
                writer.name("id")
                writer.writeNull()
            }
        }
    }
}

/// Where a reader stands: an event, named so that another database can't be mistaken for this one.
public struct Position: Equatable, Sendable {
    /// The epoch in which it was read.
    public var epoch: Epoch
    /// The event's seq.
    public var seq: Int64
    /// The event's id.
    public var id: EventID

    /// A position.
    public init(epoch: Epoch, seq: Int64, id: EventID) {
        self.epoch = epoch
        self.seq = seq
        self.id = id
    }

    /// Reads a position.
    public init(_ fields: Fields) throws(FieldError) {
        self.epoch = try fields.value("epoch", "32 lower-case hexadecimal digits") { Epoch($0) }
        self.seq = try fields.seq()
        self.id = try fields.eventID()
    }

    /// Writes it as a member.
    public func write(as name: String, into writer: inout JSONWriter) {
        writer.name(name)
        writer.object { writer in
            writer.member("epoch", self.epoch.description)
            writer.member("seq", self.seq)
            writer.member("id", self.id.description)
        }
    }
}
