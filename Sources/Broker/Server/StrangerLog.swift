/// Says when the log hears of a user who may not connect: of each once a minute, however often a
/// process of that user tries.
///
/// Pure: whoever asks says what time it is.
struct StrangerLog {
    private var told: [UInt32: Int64] = [:]

    /// Seconds between two lines about one user.
    private static let interval: Int64 = 60
    /// Users that are told apart in a minute: a machine has few, and only the administrator can make
    /// more. Beyond it the log hears of no further one until the minute is over.
    private static let usersMax = 64

    /// Whether the log hears of this try.
    ///
    /// - Parameter second: a monotonic clock's whole seconds.
    mutating func hears(of uid: UInt32, at second: Int64) -> Bool {
        self.told = self.told.filter { second - $0.value < Self.interval }
        guard self.told[uid] == nil, self.told.count < Self.usersMax else { return false }
        self.told[uid] = second
        return true
    }
}
