import Logging
import Synchronization

/// Keeps what is logged, at every level.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    /// A logger whose lines are kept here.
    var logger: Logger {
        Logger(label: "test") { _ in Handler(lines: self) }
    }

    /// The lines so far that hold a text, each with its level before it.
    func holding(_ text: String) -> [String] {
        self.lines.withLock { $0.filter { $0.contains(text) } }
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = "\(event.level) \(event.message) \(event.metadata ?? [:])"
            self.lines.lines.withLock { $0.append(line) }
        }
    }
}
