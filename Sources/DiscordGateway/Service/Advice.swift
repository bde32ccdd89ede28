import Logging
import Synchronization

/// Says to whoever runs ChatBox what to mend, each thing once until it changes.
final class Advice: Sendable {
    /// What may be amiss.
    enum Subject: String, Sendable {
        case channel
        case content
        case erasure
        case gateway
        case network
        case permissions
        case posts
        case token
    }

    private let logger: Logger
    private let said = Mutex<[Subject: String]>([:])

    /// Advice that goes into this log.
    init(logger: Logger) { self.logger = logger }

    /// Something is amiss; the sentence says what, and what to do.
    func give(_ subject: Subject, _ sentence: String) {
        let isNews = self.said.withLock { said in
            defer { said[subject] = sentence }
            return said[subject] != sentence
        }
        guard isNews else { return }
        self.logger.error(
            "attention needed", metadata: ["subject": "\(subject)", "advice": "\(sentence)"])
    }

    /// It is mended.
    func mended(_ subject: Subject) {
        guard self.said.withLock({ $0.removeValue(forKey: subject) }) != nil else { return }
        self.logger.notice("mended", metadata: ["subject": "\(subject)"])
    }
}
