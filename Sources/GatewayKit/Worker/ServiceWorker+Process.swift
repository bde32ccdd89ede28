import Logging
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension ServiceWorker {
    /// Runs as the whole process, and ends it.
    ///
    /// On SIGTERM or SIGINT the worker winds down as ``run()`` does, and the exit code is 0. If the
    /// broker refuses this process for good, its sentence goes to standard error and the exit code
    /// is 69 (EX_UNAVAILABLE in sysexits(3)).
    public func serve() async -> Never {
        let silent = Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }
        let services = ServiceGroup(
            services: [self], gracefulShutdownSignals: [.sigterm, .sigint], logger: silent)
        do {
            try await services.run()
        } catch {
            let sentence = Array("\(error)\n".utf8)
            _ = sentence.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            exit(69)
        }
        exit(0)
    }
}
