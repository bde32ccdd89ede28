import ArgumentParser
import ProcessShell
import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How the broker is.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows every service, and what waits for it.",
        discussion: """
            WAITING counts conversations with something that the service hasn't acknowledged, OLDEST \
            is how long the first of these has waited. DEAD counts what was refused for good: see \
            "chatbox dead-letters". DUPLICATES? counts what may stand on its side twice and is marked \
            so there, since the database was made.
            """)

    @Flag(help: "One JSON object instead of a table.") var json = false
    @OptionGroup var options: ProcessOptions

    func run() {
        CommandRunner.run("chatbox", config: self.options.config) { settings in
            let link = try BrokerLink(to: settings.brokerSocket())
            let report = StatusReport(status: try link.ask(GetStatus()), now: WallClock.now)
            try CommandRunner.print(self.json ? report.json : report.text)
            return .ok
        }
    }
}

/// Whether the broker answers, for whatever watches it.
struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: """
            Says in one line whether the broker answers and can store; ends with 0 if so, with 1 if \
            not.
            """)

    @OptionGroup var options: ProcessOptions

    func run() {
        CommandRunner.run("chatbox", config: self.options.config) { settings in
            do {
                let link = try BrokerLink(to: settings.brokerSocket())
                let line = HealthLine.of(try link.ask(GetStatus()), now: WallClock.now)
                try CommandRunner.print(line.text)
                return line.isHealthy ? .ok : .no
            } catch let failure as ProcessFailure {
                try CommandRunner.print("unhealthy: \(failure.sentence)")
                return .no
            }
        }
    }
}

/// The time of day.
enum WallClock {
    /// In milliseconds since 1970.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
