/// How long things took.
struct Latencies: Sendable {
    private var samples: [Duration] = []

    /// Takes one more.
    mutating func add(_ duration: Duration) { self.samples.append(duration) }

    /// Half took at most so long.
    var median: String { self.quantile(0.5) }

    /// 99 of 100 took at most so long.
    var high: String { self.quantile(0.99) }

    private func quantile(_ share: Double) -> String {
        guard !self.samples.isEmpty else { return "-" }
        let sorted = self.samples.sorted()
        let duration = sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        let milliseconds = duration / .milliseconds(1)
        return milliseconds < 10
            ? "\((milliseconds * 10).rounded() / 10)ms" : "\(Int(milliseconds))ms"
    }
}
