internal import FoundationEssentials
package import Logging
package import ServiceLifecycle
internal import UnixSignals

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The life of a process of ours: settings, log, services, and an exit code that says how it went.
package enum ProcessRunner {
    /// The version of everything that this package builds.
    package static let version = "0.1.0"

    /// Seconds in which services wind down after SIGTERM; the process ends within 5.
    private static let shutdownSeconds = 4

    /// Runs what `build` makes until SIGTERM or SIGINT, and ends the process.
    ///
    /// - Parameters:
    ///   - name: the executable's name, for the log.
    ///   - config: the file of settings that the command line names.
    ///   - build: makes the services from the settings, in the order in which they start; they end
    ///     in the opposite order. It throws ``ProcessFailure`` for what stands in the way.
    package static func run(
        _ name: String, config: String?,
        _ build: (Settings, Logger) async throws -> [any Service]
    ) async -> Never {
        // A write to a closed socket is an error to handle, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            try self.checkEnvironment(name)
            let settings = try Settings(config: config)
            let logger = try self.logger(name, settings)
            let services = try await build(settings, logger)
            try await self.run(services, logger)
            exit(ExitCode.ok.rawValue)
        } catch {
            let failure = self.failure(of: error)
            self.announce(name, failure.sentence)
            exit(failure.exitCode.rawValue)
        }
    }

    /// Runs services until SIGTERM or SIGINT, or until one of them fails.
    private static func run(_ services: [any Service], _ logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(self.shutdownSeconds)
        try await ServiceGroup(configuration: configuration).run()
    }

    private static func checkEnvironment(_ name: String) throws(ProcessFailure) {
        // What is empty counts as absent.
        let check = EnvironmentCheck(
            ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }.keys)
        if let miss = check.nearMiss {
            throw ProcessFailure(
                .configuration,
                "\(miss.found) is in the environment and is no setting; \(miss.meant) is. Correct "
                    + "or remove it and start again.")
        }
        if !check.unknown.isEmpty {
            self.announce(
                name, "Nothing reads \(check.unknown.joined(separator: ", ")); see --help.")
        }
    }

    /// Prints a sentence for whoever started the process.
    package static func announce(_ name: String, _ sentence: String) {
        let line = Array("\(name): \(sentence)\n".utf8)
        line.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func logger(_ name: String, _ settings: Settings) throws -> Logger {
        let level = try settings.value(
            "CHATBOX_LOG_LEVEL", default: Logger.Level.info,
            "one of trace, debug, info, notice, warning, error, critical"
        ) { Logger.Level(rawValue: $0.lowercased()) }
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: name)
    }

    private static func failure(of error: any Error) -> ProcessFailure {
        if let failure = error as? ProcessFailure { return failure }
        return ProcessFailure(.inputOutput, "It can't go on: \(error).")
    }
}
