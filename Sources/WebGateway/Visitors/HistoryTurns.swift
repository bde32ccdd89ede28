import Protocol

/// Who may ask the broker for a page of events: a few at once, in the order in which they asked.
///
/// When the broker comes back, or its database was put back, all pages ask together. Their answers
/// would wait for us by the hundred, and a gateway for which too much waits is let go by the
/// broker: then all pages would come back and ask together.
struct HistoryTurns: Sendable {
    /// A question that waits for its turn.
    struct Question: Equatable, Sendable {
        var socket: SocketID
        var history: History
        var purpose: HistoryPurpose
    }

    /// Questions on their way at a time: with pages of 262,144 bytes half of the 8 MiB that may
    /// wait for a gateway.
    static let atOnceMax = 16

    private var underWay = 0
    // Bounded by the pages, each of which has two questions at most.
    private var waiting: [Question] = []
    /// Where `waiting` starts: what stands before has been taken.
    private var first = 0

    /// A page asks. Says whether the question may go now.
    mutating func asked(_ question: Question) -> Bool {
        guard self.underWay < Self.atOnceMax else {
            self.waiting.append(question)
            return false
        }
        self.underWay += 1
        return true
    }

    /// A question was answered. Answers the next one that `isWanted` still.
    mutating func answered(_ isWanted: (Question) -> Bool) -> Question? {
        self.underWay -= 1
        while self.first < self.waiting.count {
            let next = self.waiting[self.first]
            self.first += 1
            if self.first > 1_024 { self.forgetTaken() }
            guard isWanted(next) else { continue }
            self.underWay += 1
            return next
        }
        self.forgetTaken()
        return nil
    }

    private mutating func forgetTaken() {
        self.waiting.removeFirst(self.first)
        self.first = 0
    }
}
