import Protocol

/// What a conversation's pages want stored on its way to the broker: one at a time, so that nothing
/// overtakes what has to be tried again.
struct RequestQueue: Equatable, Sendable {
    /// A request, and the socket that hears what became of it.
    struct Entry: Equatable, Sendable {
        var socket: SocketID
        var request: VisitorRequest
    }

    /// What becomes of a new request.
    enum Submission: Equatable, Sendable {
        case ask
        case wait
        case full
    }

    /// Requests that may wait: a page has one unanswered, and a visitor few pages.
    static let waitingMax = 16

    private var current: Entry?
    private var waiting: [Entry] = []

    /// A page hands in a request.
    mutating func submitted(_ entry: Entry) -> Submission {
        guard self.current != nil else {
            self.current = entry
            return .ask
        }
        guard self.waiting.count < Self.waitingMax else { return .full }
        self.waiting.append(entry)
        return .wait
    }

    /// Whether this request is the one on its way.
    func isCurrent(_ entry: Entry) -> Bool { self.current == entry }

    /// The request on its way was answered for good: which one goes next.
    mutating func answered() -> Entry? {
        self.current = self.waiting.isEmpty ? nil : self.waiting.removeFirst()
        return self.current
    }

    /// The request on its way has to be tried again by its page, and so has all that waited behind
    /// it.
    mutating func refusedForNow() -> [Entry] {
        defer {
            self.current = nil
            self.waiting = []
        }
        return self.waiting
    }

    /// A socket is gone; what it had waiting is repeated by its page.
    mutating func left(_ socket: SocketID) {
        self.waiting.removeAll { $0.socket == socket }
    }
}

/// One page's connection, for the life of the process.
struct SocketID: Hashable, Sendable {
    let number: UInt64
}
