import NIOCore
import Protocol

/// Requests that have no answer yet, in the order in which they were made, and what of them has to
/// be sent, or sent again.
struct PendingRequests: Sendable {
    /// How long a request waits for its answer.
    enum Patience: Equatable, Sendable {
        /// Through lost connections, repeated each time.
        case untilAnswered
        /// The same, but only in the database's present life.
        case withinEpoch
        /// No longer than the connection.
        case whileConnected
    }

    /// What becomes of a new request.
    enum Submission: Equatable, Sendable {
        /// It has this number; the frames, its own among them, are to be written now.
        case accepted(Int64, [ByteBuffer])
        case rejected(GatewayError)
    }

    private struct Entry {
        var number: Int64
        var patience: Patience
        var frame: ByteBuffer
        var isAbandoned = false
    }

    /// Requests that may wait without being on their way, so that a broker that stays away doesn't
    /// fill the memory: 8,192.
    static let waitingMax = 8_192

    /// On their way to the broker, in order.
    private var unanswered: [Entry] = []
    /// Not sent yet, in order.
    private var waiting: [Entry] = []
    private var isConnected = false
    private var lastNumber: Int64 = 0

    /// Whether nothing waits.
    var isEmpty: Bool { self.unanswered.isEmpty && self.waiting.isEmpty }

    /// Requests on their way.
    var unansweredCount: Int { self.unanswered.count }

    /// A new request; `frame` makes its frame from its number.
    mutating func submitted(
        _ patience: Patience, _ frame: (Int64) -> ByteBuffer
    ) -> Submission {
        guard self.isConnected || patience != .whileConnected else {
            return .rejected(.disconnected)
        }
        guard self.waiting.count < Self.waitingMax else { return .rejected(.overloaded) }
        self.lastNumber += 1
        let number = self.lastNumber
        self.waiting.append(Entry(number: number, patience: patience, frame: frame(number)))
        return .accepted(number, self.advance())
    }

    /// The broker welcomed us: what is to be written, first again what had no answer, then what
    /// waited. What may not outlive the epoch falls away if this is another one.
    mutating func connected(isSameEpoch: Bool) -> (write: [ByteBuffer], dropped: [Int64]) {
        self.isConnected = true
        var dropped: [Int64] = []
        if !isSameEpoch {
            dropped = (self.unanswered + self.waiting)
                .filter { $0.patience == .withinEpoch }.map(\.number)
            self.unanswered.removeAll { $0.patience == .withinEpoch }
            self.waiting.removeAll { $0.patience == .withinEpoch }
        }
        return (self.unanswered.map(\.frame) + self.advance(), dropped)
    }

    /// The answer to a request came. Says whether anybody waits for it, and what can be written in
    /// its place.
    mutating func answered(_ number: Int64) -> (isAwaited: Bool, write: [ByteBuffer]) {
        guard let index = self.unanswered.firstIndex(where: { $0.number == number }) else {
            return (false, [])
        }
        let entry = self.unanswered.remove(at: index)
        return (!entry.isAbandoned, self.advance())
    }

    /// Nobody waits for this answer any more. A request on its way keeps its place until it is
    /// answered, and isn't repeated.
    mutating func abandoned(_ number: Int64) {
        self.waiting.removeAll { $0.number == number }
        guard let index = self.unanswered.firstIndex(where: { $0.number == number }) else { return }
        self.unanswered[index].isAbandoned = true
    }

    /// The connection is lost: the numbers of those that don't wait for another.
    mutating func disconnected() -> [Int64] {
        self.isConnected = false
        let lost = (self.unanswered + self.waiting)
            .filter { $0.patience == .whileConnected && !$0.isAbandoned }.map(\.number)
        self.unanswered.removeAll { $0.patience == .whileConnected || $0.isAbandoned }
        self.waiting.removeAll { $0.patience == .whileConnected }
        return lost
    }

    /// Moves what may be on its way from the waiting ones, and says which frames those are.
    private mutating func advance() -> [ByteBuffer] {
        guard self.isConnected, !self.waiting.isEmpty else { return [] }
        let room = Limits.unansweredRequests - self.unanswered.count
        guard room > 0 else { return [] }
        let next = Array(self.waiting.prefix(room))
        self.waiting.removeFirst(next.count)
        self.unanswered.append(contentsOf: next)
        return next.map(\.frame)
    }
}
