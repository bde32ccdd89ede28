import StrictJSON

/// A bot or a person.
struct User: Equatable, Sendable {
    let id: Snowflake
    /// The display name.
    let name: String
    let isBot: Bool

    /// A handle in the alphabet of Discord's user names.
    var username: String {
        let handle = self.name.lowercased().unicodeScalars.filter { scalar in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
        }
        return handle.isEmpty ? "operator" : String(String.UnicodeScalarView(handle).prefix(32))
    }
}

/// A post of the forum: Discord's thread. Its id is its first message's.
struct ForumThread: Equatable, Sendable {
    let id: Snowflake
    var name: String
    let owner: Snowflake
    var isArchived = false
    var isLocked = false
    /// Minutes of silence until Discord would archive it; the sandbox never does by itself.
    var autoArchiveMinutes: Int64
    var appliedTags: [Snowflake] = []
    /// When it was last archived or unarchived, in milliseconds since 1970.
    var archiveMilliseconds: Int64
    /// In the order of their ids.
    private(set) var messages: [Message] = []

    /// Adds a message, whose id is higher than all before.
    mutating func append(_ message: Message) {
        self.messages.append(message)
    }

    /// The position of the first message whose id isn't lower.
    func index(of id: Snowflake) -> Int {
        var (low, high) = (0, self.messages.count)
        while low < high {
            let middle = (low + high) / 2
            if self.messages[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The message of that id.
    func message(_ id: Snowflake) -> Message? {
        let index = self.index(of: id)
        return index < self.messages.count && self.messages[index].id == id
            ? self.messages[index] : nil
    }
}

/// A message in a post.
struct Message: Equatable, Sendable {
    let id: Snowflake
    let channel: Snowflake
    let author: Snowflake
    let content: String
    /// As they are shown: checked, and with what Discord adds.
    var embeds: [JSONValue] = []
    var flags: Int64 = 0
    /// What the sender gave to recognise it by: an integer or a string.
    var nonce: JSONValue?
    /// The message that it answers.
    var replyTo: Snowflake?
    /// Users and roles whom it really mentions.
    var mentions: [Snowflake] = []
    var mentionRoles: [Snowflake] = []

    /// When it was sent, in milliseconds since 1970: part of the id.
    var milliseconds: Int64 { self.id.milliseconds }
}
