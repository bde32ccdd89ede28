import StrictJSON

/// How far one service has got with a conversation.
public struct Receipt: Equatable, Sendable {
    /// The service.
    public var service: Name
    /// The seq up to which everything has arrived there.
    public var deliveredUpTo: Int64
    /// The seq up to which somebody there has seen it.
    public var seenUpTo: Int64
    /// What will never arrive there, and why.
    public var failed: [Failure]

    /// One event that the far side refuses for good.
    public struct Failure: Equatable, Sendable {
        /// The event's seq.
        public var seq: Int64
        /// The far side's code, 1–64 bytes.
        public var code: String
        /// A sentence for people, 1–1,024 bytes.
        public var reason: String

        /// A failure.
        public init(seq: Int64, code: String, reason: String) {
            self.seq = seq
            self.code = code
            self.reason = reason
        }
    }

    /// A receipt.
    public init(
        service: Name, deliveredUpTo: Int64 = 0, seenUpTo: Int64 = 0, failed: [Failure] = []
    ) {
        self.service = service
        self.deliveredUpTo = deliveredUpTo
        self.seenUpTo = seenUpTo
        self.failed = failed
    }

    init(_ fields: Fields) throws(FieldError) {
        self.service = try fields.name("service")
        self.deliveredUpTo = try fields.integer("delivered_upto")
        self.seenUpTo = try fields.integer("seen_upto")
        var failed: [Failure] = []
        for entry in try fields.list("failed", atMost: 1_024) {
            failed.append(
                Failure(
                    seq: try entry.seq(), code: try entry.text("code", bytes: 1...64),
                    reason: try entry.text("reason")))
        }
        self.failed = failed
    }

    /// Writes the members.
    func write(into writer: inout JSONWriter) {
        writer.member("service", self.service.text)
        writer.member("delivered_upto", self.deliveredUpTo)
        writer.member("seen_upto", self.seenUpTo)
        writer.name("failed")
        writer.array { writer in
            for failure in self.failed {
                writer.object { writer in
                    writer.member("seq", failure.seq)
                    writer.member("code", failure.code)
                    writer.member("reason", failure.reason)
                }
            }
        }
    }
}
