import Protocol

/// Lets so many signals of each conversation pass in a second.
///
/// Pure: whoever asks says what time it is. It forgets with each second, so that it holds no more
/// than came in one.
struct SignalLimit {
    private var second: Int64 = .min
    private var counts: [ConversationID: Int] = [:]

    /// Whether a signal goes on.
    ///
    /// - Parameter second: a clock's whole seconds.
    mutating func allows(_ conversation: ConversationID, in second: Int64) -> Bool {
        if second != self.second {
            self.second = second
            self.counts = [:]
        }
        let count = self.counts[conversation, default: 0] + 1
        self.counts[conversation] = count
        return count <= Limits.signalsPerSecond
    }
}
