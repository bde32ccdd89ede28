import StrictJSON

/// A message in a thread or in a text channel.
struct Message: Equatable, Sendable {
    /// Discord's numbers for what a message is.
    enum Kind {
        static let plain: Int64 = 0
        static let nameChange: Int64 = 4
        static let threadCreated: Int64 = 18
        static let reply: Int64 = 19
        static let threadStarter: Int64 = 21
    }

    /// Discord's bits of `flags`.
    enum Flags {
        static let suppressEmbeds: Int64 = 1 << 2
        static let hasThread: Int64 = 1 << 5
        static let suppressNotifications: Int64 = 1 << 12
    }

    let id: Snowflake
    let channel: Snowflake
    let author: Snowflake
    var kind = Kind.plain
    var content: String
    /// As they are shown: checked, and with what Discord adds.
    var embeds: [JSONValue] = []
    /// Only what is known of them: nothing is stored here.
    var attachments: [JSONValue] = []
    /// What only a test makes: `sticker_items`, `poll`, `message_snapshots`, `webhook_id`.
    var extras = JSONObject()
    var flags: Int64 = 0
    /// What the sender gave to recognise it by: an integer or a string.
    var nonce: JSONValue?
    /// The message of the same channel that it answers.
    var replyTo: Snowflake?
    /// `message_reference` of what is no reply: a forward, a thread's beginning.
    var reference: JSONValue?
    /// Users and roles whom it really mentions.
    var mentions: [Snowflake] = []
    var mentionRoles: [Snowflake] = []
    /// When its text was last edited, in milliseconds since 1970.
    var editedMilliseconds: Int64?
    /// In the order in which they were first given.
    var reactions: [Reaction] = []

    /// When it was sent, in milliseconds since 1970: part of the id.
    var milliseconds: Int64 { self.id.milliseconds }

    /// Whether a thread's count has it: neither a post's first message nor a thread's type 21.
    var isCounted: Bool { self.id != self.channel && self.kind != Kind.threadStarter }

    /// Whether people write such: replies and plain messages, and what an application says.
    var isEditable: Bool { [Kind.plain, Kind.reply, 20, 23].contains(self.kind) }

    /// Whether Discord lets anybody delete it.
    var isDeletable: Bool { !(1...5).contains(self.kind) && self.kind != Kind.threadStarter }
}

/// One emoji under a message, and who gave it.
struct Reaction: Equatable, Sendable {
    let emoji: Emoji
    /// In the order in which they gave it.
    var users: [Snowflake]
}

/// An emoji of Unicode: the guild has none of its own.
struct Emoji: Hashable, Sendable {
    let name: String

    /// The emoji that a path's parameter spells, without its percent escapes; nil for other text.
    init?(_ text: String) {
        guard text.count == 1,
            text.unicodeScalars.contains(where: { scalar in
                // Digits are emoji too, but only with the keycap's sign behind them.
                scalar.value == 0x20E3 || (scalar.value > 0xFF && scalar.properties.isEmoji)
            })
        else { return nil }
        self.name = text
    }

    var json: JSONValue { ["id": nil, "name": .string(self.name)] }
}
