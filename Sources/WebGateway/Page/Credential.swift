import Crypto

/// What proves that a browser is its visitor's: 43 digits of base64url that only the page has.
///
/// The broker is told the SHA-256 of the digits as they stand (their ASCII bytes), in base64url.
/// The rule can't be changed: every conversation is kept under it.
struct Credential: Equatable, Sendable, CustomStringConvertible {
    /// The hash that the broker compares.
    let hash: String

    /// The credential of a page's secret; `nil` if it isn't 43 digits.
    init?(secret: String) {
        guard secret.utf8.count == 43, secret.utf8.allSatisfy(Self.isDigit) else { return nil }
        self.hash = Self.base64url(SHA256.hash(data: Array(secret.utf8)))
    }

    /// Nothing: neither secret nor hash belongs in a log.
    var description: String { "credential" }

    private static func isDigit(_ byte: UInt8) -> Bool { self.alphabet.contains(byte) }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Base64url without padding (RFC 4648, section 5).
    private static func base64url(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                digits.append(self.alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { digits.append(self.alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: digits, as: UTF8.self)
    }
}
