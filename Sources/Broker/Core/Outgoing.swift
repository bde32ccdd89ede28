/// What a batch has to say, by connection: each is flushed once.
struct Outgoing {
    /// What goes to one connection.
    struct Frames {
        var bodies: [[UInt8]] = []
        var answers = 0
        /// How many bytes the bodies have.
        var bytes = 0
    }
    private(set) var frames: [ConnectionID: Frames] = [:]

    /// An answer to a request of a connection.
    mutating func answer(_ body: [UInt8], to connection: ConnectionID) {
        self.push(body, to: connection)
        self.frames[connection, default: Frames()].answers += 1
    }

    /// Something that a connection didn't ask for.
    mutating func push(_ body: [UInt8], to connection: ConnectionID) {
        self.frames[connection, default: Frames()].bodies.append(body)
        self.frames[connection, default: Frames()].bytes += body.count
    }

    /// How many bytes go to a connection.
    func bytes(to connection: ConnectionID) -> Int {
        self.frames[connection]?.bytes ?? 0
    }
}
