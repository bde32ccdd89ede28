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
            The floors are SQLite's C API writing the same rows into a copy of the broker's empty \
            database with the same settings, as many messages in one transaction as the broker has \
            sends in flight: once the rows of sends alone, once with those of their \
            acknowledgements, which the broker writes too. A ratio of 100 % would mean that socket, \
            JSON and delivery cost nothing.
            """)

    @Option(help: "The socket of a running broker with the box main=web,discord.")
    var socket: String

    @Option(help: "A database of the same schema, which the floor writes to.")
    var floor: String

    @Option(help: "Seconds of each measurement.")
    var seconds: Int = 3

    @Option(help: "Rounds; the median counts.")
    var rounds: Int = 3

    @Option(parsing: .upToNextOption, help: "How many sends are in flight.")
    var inFlight: [Int] = [1, 64, 1_024]

    func run() async throws {
        print(
            Self.row(
                "in flight", "floor: sent", "and acknowledged", "broker", "of the floors",
                "answer p50", "p99", "delivered p50", "p99"))
        for inFlight in self.inFlight {
            var sent: [Double] = []
            var acknowledged: [Double] = []
            var loads: [LoadResult] = []
            for _ in 0..<self.rounds {
                sent.append(try self.plainSQLite(.sent, inFlight))
                loads.append(
                    try await Load.run(
                        socket: self.socket, inFlight: inFlight, seconds: self.seconds))
                acknowledged.append(try self.plainSQLite(.acknowledged, inFlight))
            }
            let load = loads.sorted { $0.perSecond < $1.perSecond }[loads.count / 2]
            let floors = (Self.median(sent), Self.median(acknowledged))
            print(
                Self.row(
                    "\(inFlight)", "\(Int(floors.0))/s", "\(Int(floors.1))/s",
                    "\(Int(load.perSecond))/s",
                    "\(Int(load.perSecond / floors.0 * 100)) %, "
                        + "\(Int(load.perSecond / floors.1 * 100)) %",
                    load.answers.median, load.answers.high, load.deliveries.median,
                    load.deliveries.high))
            // Seen at once, also where the output is no terminal.
            fflush(nil)
        }
    }

    private func plainSQLite(_ rows: SQLiteFloor.Rows, _ batch: Int) throws -> Double {
        try SQLiteFloor(path: self.floor)
            .messagesPerSecond(rows, batch: batch, seconds: self.seconds)
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }

    private static func row(_ cells: String...) -> String {
        let widths = [9, 13, 18, 9, 15, 12, 7, 15, 7]
        return zip(cells, widths).map { cell, width in
            String(repeating: " ", count: max(0, width - cell.count)) + cell
        }.joined()
    }
}
