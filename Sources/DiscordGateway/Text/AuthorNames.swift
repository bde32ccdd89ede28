import Crypto
import Protocol

/// Makes of a Discord user an author whom visitors may see.
struct AuthorNames: Sendable {
    /// Bytes of the secret by which ids are made opaque.
    static let secretBytes = 32

    /// Whoever of the team did something of which Discord doesn't say who did it.
    static let team = Author(id: "team", name: "Team")

    private let secret: SymmetricKey

    /// Names by a secret that the broker keeps, so that an operator's opaque id stays the same.
    init(secret: [UInt8]) {
        self.secret = SymmetricKey(data: secret)
    }

    /// The author: 16 characters that say nothing about the user's id, and the display name.
    func author(of user: DiscordUser) -> Author {
        let digest = HMAC<SHA256>.authenticationCode(
            for: Array(user.id.description.utf8), using: self.secret)
        let id = String(Base64URL.encode(digest).prefix(16))
        return Author(id: id, name: Self.name(of: user))
    }

    /// The display name as visitors may read it, 1–128 bytes.
    static func name(of user: DiscordUser) -> String {
        let name = String(
            String.UnicodeScalarView(
                (user.displayName ?? "").unicodeScalars.filter { scalar in
                    switch scalar.value {
                    case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
                        false
                    default: true
                    }
                }))
        let cut = OperatorText.cut(name, toBytes: Limits.authorNameBytes)
        return cut.allSatisfy(\.isWhitespace) ? "Team" : cut
    }
}
