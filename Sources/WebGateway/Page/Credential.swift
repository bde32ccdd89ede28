import Crypto
import Protocol

/// What proves that a browser is its visitor's: 43 digits of base64url that only the page has.
///
/// The broker is told the SHA-256 of the digits as they stand (their ASCII bytes), in base64url.
/// The rule can't be changed: every conversation is kept under it.
struct Credential: Equatable, Sendable, CustomStringConvertible {
    /// The hash that the broker compares.
    let hash: String

    /// The credential of a page's secret; `nil` if it isn't 43 digits.
    init?(secret: String) {
        guard secret.utf8.count == 43, secret.utf8.allSatisfy(Base64URL.isDigit) else { return nil }
        self.hash = Base64URL.encode(SHA256.hash(data: Array(secret.utf8)))
    }

    /// Nothing: neither secret nor hash belongs in a log.
    var description: String { "credential" }
}
