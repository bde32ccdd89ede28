/// What a batch has to say, by connection: each is flushed once.
struct Outgoing {
    /// What goes to one connection.
    struct Frames {
        var bodies: [[UInt8]] = []
        var answers = 0
        /// How many bytes the bodies have.
        var bytes = 0
    }
    /// A delivery that is yet to be read.
    struct Delivery {
        var conversation: Int64
        var session: Session
    }
    private(set) var frames: [ConnectionID: Frames] = [:]
    private var deliveries: [Delivery] = []
    /// What a consumer's connection had no room for.
    struct KeptBack {
        var session: Session
        /// In the order in which they were to go out.
        var conversations: [Int64]
    }
    private(set) var keptBack: [KeptBack] = []

    /// The next event of a conversation goes to a consumer, after everything else.
    mutating func deliver(_ conversation: Int64, to session: Session) {
        self.deliveries.append(Delivery(conversation: conversation, session: session))
    }

    /// A delivery has to wait until the consumer's connection has room.
    mutating func keepBack(_ delivery: Delivery) {
        if let index = self.keptBack.firstIndex(where: { $0.session == delivery.session }) {
            self.keptBack[index].conversations.append(delivery.conversation)
        } else {
            self.keptBack.append(
                KeptBack(session: delivery.session, conversations: [delivery.conversation]))
        }
    }

    /// The deliveries that are yet to be read; `nil` if there are none.
    mutating func takeDeliveries() -> [Delivery]? {
        guard !self.deliveries.isEmpty else { return nil }
        defer { self.deliveries = [] }
        return self.deliveries
    }

    /// An answer to a request of a connection.
    mutating func answer(_ body: [UInt8], to connection: ConnectionID) {
        self.add(body, to: connection, answers: 1)
    }

    /// Something that a connection didn't ask for.
    mutating func push(_ body: [UInt8], to connection: ConnectionID) {
        self.add(body, to: connection, answers: 0)
    }

    private mutating func add(_ body: [UInt8], to connection: ConnectionID, answers: Int) {
        func add(to frames: inout Frames) {
            frames.bodies.append(body)
            frames.bytes += body.count
            frames.answers += answers
        }
        add(to: &self.frames[connection, default: Frames()])
    }

    /// How many bytes go to a connection.
    func bytes(to connection: ConnectionID) -> Int {
        self.frames[connection]?.bytes ?? 0
    }
}
