import StrictJSON

/// A fault that a test asked for.
struct Fault: Equatable, Sendable {
    /// Which route: `POST /channels/{channel}/messages`, or `*` for every one.
    var route: String
    /// The answer's status; 0 drops the connection without an answer, 200 only delays.
    var status: Int
    /// How many requests it still meets.
    var count: Int
    /// Whether the request takes effect before its answer is lost.
    var isAfterEffect: Bool
    /// How long the answer waits.
    var delayMilliseconds: Int64
    /// For 429: after how many seconds the client may try again.
    var retryAfter: Double
    /// For 429: whether it says that it is global.
    var isGlobal: Bool

    /// Reads a request's body.
    init?(_ body: JSONValue) {
        guard let route = body["route"]?.string else { return nil }
        self.route = route
        self.status = Int(clamping: body["status"]?.integer ?? 500)
        self.count = Int(clamping: body["count"]?.integer ?? 1)
        self.isAfterEffect = body["after_effect"]?.bool ?? false
        self.delayMilliseconds = min(max(body["delay_ms"]?.integer ?? 0, 0), 600_000)
        self.retryAfter = body["retry_after"]?.number ?? 1
        self.isGlobal = body["global"]?.bool ?? false
        guard self.status == 0 || (200...599).contains(self.status), self.count > 0 else {
            return nil
        }
    }

    var json: JSONValue {
        [
            "route": .string(self.route), "status": .integer(Int64(self.status)),
            "count": .integer(Int64(self.count)), "after_effect": .bool(self.isAfterEffect),
            "delay_ms": .integer(self.delayMilliseconds),
        ]
    }
}

/// The faults that are still to happen, in the order they were asked for.
struct FaultPlan: Sendable {
    private(set) var faults: [Fault] = []

    mutating func add(_ fault: Fault) {
        self.faults.append(fault)
    }

    mutating func clear() {
        self.faults = []
    }

    /// The fault that meets a request of this route, if any; it is used up by that.
    mutating func next(for route: String) -> Fault? {
        guard
            let index = self.faults.firstIndex(where: { $0.route == route || $0.route == "*" })
        else { return nil }
        let fault = self.faults[index]
        self.faults[index].count -= 1
        if self.faults[index].count == 0 { self.faults.remove(at: index) }
        return fault
    }
}
