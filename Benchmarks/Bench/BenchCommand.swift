import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `make bench` calls this with the broker's socket and database; it prints one line a measurement.
@main
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures the broker beside plain SQLite, alternating in one run.",
        discussion: """
            The floor is SQLite's C API writing the same rows into a copy of the broker's empty \
            database with the same settings, as many in one transaction as the broker has sends in \
            flight. A ratio of 100 % would mean that socket, JSON, delivery and acknowledgement \
            cost nothing.
            """)

    @Option(help: "The socket of a running broker with the box main=web,discord.")
    var socket: String

    @Option(help: "A database of the same schema, which the floor writes to.")
    var floor: String

    @Option(help: "Seconds of each measurement.")
    var seconds: Int = 3

    @Option(help: "Rounds; the median counts.")
    var rounds: Int = 3

    func run() async throws {
        print(
            Self.row(
                "in flight", "floor rows/s", "sends/s", "of floor", "answer p50", "p99",
                "delivered p50", "p99"))
        for inFlight in [1, 64, 1_024] {
            var floors: [Double] = []
            var loads: [LoadResult] = []
            for round in 0..<self.rounds {
                floors.append(
                    try SQLiteFloor.rowsPerSecond(
                        path: self.floor, batch: inFlight, seconds: self.seconds))
                loads.append(
                    try await Load.run(
                        socket: self.socket, inFlight: inFlight, seconds: self.seconds,
                        run: "\(inFlight)-\(round)"))
            }
            let floor = floors.sorted()[floors.count / 2]
            let load = loads.sorted { $0.perSecond < $1.perSecond }[loads.count / 2]
            print(
                Self.row(
                    "\(inFlight)", "\(Int(floor))", "\(Int(load.perSecond))",
                    "\(Int(load.perSecond / floor * 100)) %", load.answers.median,
                    load.answers.high, load.deliveries.median, load.deliveries.high))
            // Seen at once, also where the output is no terminal.
            fflush(nil)
        }
    }

    private static func row(_ cells: String...) -> String {
        let widths = [9, 15, 10, 11, 13, 6, 16, 6]
        return zip(cells, widths).map { cell, width in
            String(repeating: " ", count: max(0, width - cell.count)) + cell
        }.joined()
    }
}
