/// How many connections of every kind there may be, whatever they say.
struct ConnectionLimits: Sendable {
    private let factor: Int
    private var count = 0
    private var counts: [IPAddressRange: Int] = [:]

    /// Limits of addresses that hold so many times; 0 takes them away.
    init(factor: Int) { self.factor = factor }

    /// Somebody connects. Says whether it is taken; if so, `closed` gives it back.
    ///
    /// - Parameter peer: the other end; `nil` if the limits of addresses don't hold for it.
    mutating func opened(by peer: IPAddress?) -> Bool {
        guard self.count < WebLimits.connections else { return false }
        if self.factor > 0, let line = peer?.line {
            let held = self.counts[line] ?? 0
            guard held < WebLimits.connectionsPerAddress * self.factor else { return false }
            self.counts[line] = held + 1
        }
        self.count += 1
        return true
    }

    /// A connection that was taken is gone.
    mutating func closed(by peer: IPAddress?) {
        self.count -= 1
        guard let line = peer?.line, let held = self.counts[line] else { return }
        self.counts[line] = held > 1 ? held - 1 : nil
    }
}
