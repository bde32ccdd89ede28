import Protocol

/// Something of a page that wasn't stored, and what the page does about it.
struct PageRefusal: Equatable, Sendable {
    /// The page's own id of it.
    var key: IdempotencyKey
    /// Why.
    var reason: Reason

    /// Why it wasn't stored.
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

        /// There is nothing of that number that a service set aside.
        static let nothingToRequeue = Reason(
            code: ErrorCode.notFound.text, message: "This message isn't undeliverable any more.")

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
