/// What is counted, and how it is written for Prometheus (text format 0.0.4). Pure.
struct MetricsTable: Equatable, Sendable {
    /// WebSockets that are open.
    var sockets = 0
    /// WebSockets that were opened.
    var opened = 0
    /// What was stored, by its kind: send, edit, delete, requeue.
    private var stored: [String: Int] = [:]
    /// What was refused, by its code.
    private var refused: [String: Int] = [:]
    /// WebSockets that this process closed, by their close code.
    private var closed: [String: Int] = [:]
    /// Requests for a WebSocket that weren't taken, by their status.
    private var denied: [String: Int] = [:]
    /// How many answers came within each bound of `bounds`, and after the last.
    private var durations = Array(repeating: 0, count: bounds.count + 1)
    private var durationSum = 0.0

    /// Words of one counter that are told apart: what doesn't fit counts as "other".
    static let wordsMax = 64
    /// Seconds from a page's request to the broker's answer: around a COMMIT, up to what a visitor
    /// notices, up to what is broken.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

    /// The broker stored something.
    mutating func stored(_ kind: String, after duration: Duration) {
        Self.count(kind, in: &self.stored)
        let seconds = duration / .seconds(1)
        let bound = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        self.durations[bound] += 1
        self.durationSum += seconds
    }

    /// Something was refused to a page.
    mutating func refused(_ code: String) { Self.count(code, in: &self.refused) }

    /// This process closed a WebSocket.
    mutating func closed(_ code: UInt16) { Self.count("\(code)", in: &self.closed) }

    /// A WebSocket wasn't opened.
    mutating func denied(_ status: Int) { Self.count("\(status)", in: &self.denied) }

    private static func count(_ word: String, in counter: inout [String: Int]) {
        let isKnown = counter[word] != nil || counter.count < self.wordsMax
        counter[isKnown ? word : "other", default: 0] += 1
    }

    /// The text.
    func text(_ readiness: Readiness, version: String) -> String {
        var text = ""
        func family(_ name: String, _ type: String, _ help: String, _ lines: [String]) {
            text += "# HELP chatbox_web_\(name) \(help)\n# TYPE chatbox_web_\(name) \(type)\n"
            for line in lines { text += "chatbox_web_\(name)\(line)\n" }
        }
        func counter(_ name: String, _ label: String, _ help: String, _ values: [String: Int]) {
            let lines = values.sorted { $0.key < $1.key }
                .map { "{\(label)=\"\(Self.escaped($0.key))\"} \($0.value)" }
            family(name, "counter", help, lines)
        }
        family("info", "gauge", "The version that runs.", ["{version=\"\(version)\"} 1"])
        family(
            "broker_up", "gauge", "Whether the broker answers.",
            [readiness == .brokerAway ? " 0" : " 1"])
        family(
            "ready", "gauge", "Whether the broker answers and can store what comes.",
            [readiness == .ready ? " 1" : " 0"])
        family("sockets", "gauge", "WebSockets that are open.", [" \(self.sockets)"])
        family(
            "sockets_opened_total", "counter", "WebSockets that were opened.",
            [" \(self.opened)"])
        counter(
            "sockets_denied_total", "status", "WebSockets that weren't opened.", self.denied)
        counter(
            "sockets_closed_total", "code", "WebSockets that this process closed.", self.closed)
        counter("stored_total", "kind", "What pages had stored.", self.stored)
        counter("refused_total", "code", "What was refused to pages.", self.refused)
        text += self.histogram
        return text
    }

    private var histogram: String {
        let name = "chatbox_web_store_seconds"
        var text =
            "# HELP \(name) Seconds from a page's request to the broker's answer.\n"
            + "# TYPE \(name) histogram\n"
        var count = 0
        for (bound, number) in zip(Self.bounds, self.durations) {
            count += number
            text += "\(name)_bucket{le=\"\(bound)\"} \(count)\n"
        }
        count += self.durations.last ?? 0
        text += "\(name)_bucket{le=\"+Inf\"} \(count)\n"
        return text + "\(name)_sum \(self.durationSum)\n\(name)_count \(count)\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}
