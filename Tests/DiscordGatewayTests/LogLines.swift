import Logging
import Synchronization

/// Keeps what is logged, at every level.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    /// A logger whose lines are kept here.
    var logger: Logger {
        Logger(label: "test") { _ in Handler(lines: self) }
    }

    /// Everything logged so far, a line each.
    var text: String { self.lines.withLock { $0.joined(separator: "\n") } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = self.metadata.merging(event.metadata ?? [:]) { $1 }
            let line = "\(event.level) \(event.message) \(metadata)"
            self.lines.lines.withLock { $0.append(line) }
        }
    }
}

extension String {
    /// How often a text stands in this one.
    func components(of text: String) -> Int { self.ranges(of: text).count }
}
