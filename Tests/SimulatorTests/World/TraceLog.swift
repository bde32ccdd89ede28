#if os(Linux)
    import Logging

    /// Puts what a process logs into the trace, where somebody reads that.
    struct TraceLog: LogHandler {
        /// The process.
        let process: String
        let world: World
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level

        /// A logger of a process.
        static func logger(_ process: String, _ world: World) -> Logger {
            Logger(label: process) { _ in
                TraceLog(
                    process: process, world: world, logLevel: world.isTraced ? .debug : .info)
            }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            if event.level >= .info { self.world.said(self.process) }
            guard self.world.isTraced else { return }
            let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map {
                "\($0.key)=\($0.value)"
            }
            self.world.note(
                "\(self.process) [\(event.level)] \(event.message) \(details.joined(separator: " "))"
            )
        }
    }
#endif
