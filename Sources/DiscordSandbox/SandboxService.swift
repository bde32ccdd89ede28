internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ProcessShell
internal import ServiceLifecycle

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The sandbox as a service: opens the journal, then serves until it is told to end.
struct SandboxService: Service {
    let configuration: SandboxConfiguration
    let logger: Logger

    func run() async throws {
        let (journal, changes) = try Journal.open(folder: self.configuration.folder)
        let core = SandboxCore(
            rules: self.configuration.rules, world: SandboxWorld(replaying: changes))
        let hub = SandboxHub(
            core: core, journal: journal, logger: self.logger, now: SystemTime.milliseconds)
        let configuration = self.configuration
        let app = SandboxApplication.build(
            hub: hub, host: configuration.host, port: configuration.port, logger: self.logger
        ) { channel in
            let port = channel.localAddress?.port ?? configuration.port
            ProcessRunner.announce(
                "discord-sandbox",
                """
                a local stand-in for Discord listens on http://127.0.0.1:\(port)/ (operators' \
                page; REST under /api/v10, gateway at /gateway), forum channel \(Fixture.forum), \
                state in \(configuration.folder)
                """)
        }
        do {
            try await app.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw ProcessFailure(
                .unavailable,
                """
                Port \(configuration.port) is in use. Stop what uses it, or set \
                DISCORD_SANDBOX_PORT to another one (0 takes a free one).
                """)
        }
    }
}

/// The clock on the wall.
enum SystemTime {
    /// Milliseconds since 1970.
    static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
