import Protocol

/// Decides whose post is made next, so that a flood of strangers can't fill Discord's limits: whoever
/// asked first comes first, however often the others ask.
///
/// Times are counted from any fixed moment.
struct PostQueue: Sendable {
    /// Whether a post may be made.
    enum Verdict: Equatable, Sendable {
        /// It may, and is counted already.
        case go
        /// Ask again after this time.
        case wait(Duration)
    }

    private struct Waiting {
        var conversation: ConversationID
        var comesBackAt: Duration
    }

    /// The time in which posts are counted.
    private static let window = Duration.seconds(60)
    /// How late somebody may come back before the place goes to the next: the broker is given the
    /// wait, and may be away itself.
    private static let patience = Duration.seconds(60)
    /// The longest wait that the broker takes.
    private static let longestWait = Duration.seconds(600)
    /// Those who wait at a time; further ones come back without a place.
    private static let waitingMax = 10_000

    private let perWindow: Int
    private var waiting: [Waiting] = []
    private var made: [Duration] = []

    /// A queue that lets so many posts be made in a minute, at least one.
    init(perMinute: Int) { self.perWindow = max(1, perMinute) }

    /// How many wait.
    var count: Int { self.waiting.count }

    /// A conversation asks for a post.
    mutating func ask(_ conversation: ConversationID, at now: Duration) -> Verdict {
        self.made.removeAll { $0 + Self.window <= now }
        self.waiting.removeAll {
            $0.conversation != conversation && $0.comesBackAt + Self.patience < now
        }
        let known = self.waiting.firstIndex { $0.conversation == conversation }
        let place = known ?? self.waiting.count
        let free = self.perWindow - self.made.count
        if place < free {
            if let known { self.waiting.remove(at: known) }
            self.made.append(now)
            return .go
        }
        let wait = min(self.wait(behind: place - free, at: now), Self.longestWait)
        if let known {
            self.waiting[known].comesBackAt = now + wait
        } else if place < Self.waitingMax {
            self.waiting.append(Waiting(conversation: conversation, comesBackAt: now + wait))
        }
        return .wait(wait)
    }

    /// Until the place is free that so many others get before.
    private func wait(behind others: Int, at now: Duration) -> Duration {
        // Each post's place is free a minute after it was made, and a minute after that again.
        let (rounds, index) = others.quotientAndRemainder(dividingBy: self.perWindow)
        guard index < self.made.count else { return Self.window * (rounds + 1) }
        return self.made[index] + Self.window * (rounds + 1) - now
    }
}
