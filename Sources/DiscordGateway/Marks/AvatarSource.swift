import Protocol

/// Where an avatar is on Discord's picture server.
struct AvatarSource: Hashable, Sendable {
    /// Whose it is.
    var user: Snowflake
    /// The server on which it is theirs; `nil` for the one that they chose for everywhere.
    var guild: Snowflake?
    /// The picture's hash, which changes with it.
    var hash: String

    /// Somebody's avatar; `nil` if they have none, or if the hash isn't one: it becomes a part of an
    /// address.
    init?(of user: DiscordUser, on guild: Snowflake?) {
        if let guild, let hash = user.member?.avatar {
            (self.guild, self.hash) = (guild, hash)
        } else if let hash = user.avatar {
            (self.guild, self.hash) = (nil, hash)
        } else {
            return nil
        }
        self.user = user.id
        guard (1...64).contains(self.hash.utf8.count),
            self.hash.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            })
        else { return nil }
    }

    /// The path below the picture server's address: 64 pixels as PNG, which is small enough to keep.
    var path: String {
        let owner = self.guild.map { "/guilds/\($0)/users/\(self.user)" } ?? ""
        let file = self.guild == nil ? "/\(self.user)/\(self.hash)" : "/\(self.hash)"
        return "\(owner)/avatars\(file).png?size=64"
    }
}

extension Picture {
    /// The picture that some bytes are, by how they begin; `nil` if they are none that may be kept.
    init?(bytes: [UInt8]) {
        guard (1...Limits.pictureBytes).contains(bytes.count) else { return nil }
        let isWebP =
            bytes.starts(with: Array("RIFF".utf8))
            && bytes.dropFirst(8).starts(with: Array("WEBP".utf8))
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self.init(mediaType: .png, bytes: bytes)
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self.init(mediaType: .jpeg, bytes: bytes)
        } else if bytes.starts(with: Array("GIF8".utf8)) {
            self.init(mediaType: .gif, bytes: bytes)
        } else if isWebP {
            self.init(mediaType: .webp, bytes: bytes)
        } else {
            return nil
        }
    }
}
