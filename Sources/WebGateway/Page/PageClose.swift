import WebSockets

/// Why a page's socket is closed.
struct PageClose: Equatable, Sendable {
    /// The close code.
    var code: UInt16
    /// The word that a `refused` before it carries; `nil` if none is sent.
    var word: String?
    /// After how long the page may come back, where it must wait.
    var retryAfter: Duration?
    /// A sentence for whoever reads the page's log, at most 123 bytes.
    var message: String

    static let credentialRefused = PageClose(
        code: 4401, word: "credential_refused", message: "This visitor has another secret.")
    static let conversationGone = PageClose(
        code: 4410, word: "conversation_gone", message: "This conversation is no longer kept.")
    static let helloTimeout = PageClose(
        code: 4408, word: "hello_timeout", message: "The page said no hello in time.")
    static let reload = PageClose(
        code: 4426, word: "reload", message: "There is a newer page: reload.")
    static let brokerAway = PageClose(
        code: 1013, message: "The chat can't be reached just now.")
    /// It reads too slowly for what comes; it resumes from where it stands.
    static let slow = PageClose(code: 1013, message: "This page reads too slowly.")
    /// It said far too much.
    static let flood = PageClose(
        code: WebSocketCloseCode.policyViolation, word: "flood",
        message: "This page says far too much.")
    /// It speaks something else than text.
    static let binary = PageClose(code: 1003, message: "Only text is spoken here.")

    static func badMessage(_ message: String) -> PageClose {
        PageClose(code: 4400, word: "bad_message", message: message)
    }

    static func rateLimited(_ wait: Duration, _ message: String) -> PageClose {
        PageClose(code: 4429, word: "rate_limited", retryAfter: wait, message: message)
    }
}
