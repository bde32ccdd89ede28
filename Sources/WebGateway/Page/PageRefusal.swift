import Protocol

/// A message that wasn't stored, and what the page does about it.
struct PageRefusal: Equatable, Sendable {
    /// The message.
    var key: IdempotencyKey
    /// Why.
    var reason: Reason

    /// Why a message wasn't stored.
    struct Reason: Equatable, Sendable {
        /// The word that the page acts on.
        var code: String
        /// After how long to try again; `nil` if that would never help.
        var retryAfter: Duration?
        /// A sentence for people.
        var message: String

        static let messageEmpty = Reason(
            code: "message_empty", message: "There is nothing in this message.")
        static let messageTooLong = Reason(
            code: "message_too_long",
            message: "A message may have \(MessageRules.scalarsMax) characters at most.")
        /// Something before it in the conversation must be stored first.
        static let waitYourTurn = Reason(
            code: "rate_limited", retryAfter: .seconds(1),
            message: "Other messages of yours come first.")

        static func badMessage(_ message: String) -> Reason {
            Reason(code: "bad_message", message: message)
        }

        static func rateLimited(_ wait: Duration) -> Reason {
            Reason(
                code: "rate_limited", retryAfter: wait,
                message: "That was fast; it is sent in a moment.")
        }

        /// The broker's refusal.
        init(_ refused: Refused) {
            self.init(
                code: refused.code.text, retryAfter: refused.retry ? .seconds(2) : nil,
                message: refused.message)
        }

        init(code: String, retryAfter: Duration? = nil, message: String) {
            self.code = code
            self.retryAfter = retryAfter
            self.message = message
        }
    }
}

/// Why a page's socket is closed.
struct PageClose: Equatable, Sendable {
    /// The close code.
    var code: UInt16
    /// The word that a `refused` before it carries; `nil` if none is sent.
    var word: String?
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
        code: 1013, word: nil, message: "The chat can't be reached just now.")

    static func badMessage(_ message: String) -> PageClose {
        PageClose(code: 4400, word: "bad_message", message: message)
    }
}
