import StrictJSON

/// A message as Discord shows it, by REST or Gateway.
///
/// Every member but the two ids may be missing: Discord adds kinds of messages at any time, and one
/// unknown member must never stop the others.
struct DiscordMessage: Equatable, Sendable {
    /// The message's id.
    var id: Snowflake
    /// The post or channel it stands in.
    var channel: Snowflake
    /// What kind it is: 0 and 19 are what people write.
    var type: Int64
    /// Who wrote it; absent from some system messages.
    var author: DiscordUser?
    /// The text.
    var content: String
    /// When it was edited last, in milliseconds since 1970; `nil` if it never was. Previews that
    /// Discord adds are no edit.
    var editedAt: Int64?
    /// Whether the text or the author is missing altogether, as in what Discord tells of a preview.
    var isPartial: Bool
    /// The message that it answers.
    var answers: Snowflake?
    /// Set for what a webhook wrote.
    var isFromWebhook: Bool
    /// The people whom it mentions.
    var mentions: [DiscordUser]
    /// What it holds beside its text.
    var extras: DiscordExtras
    /// The content of a forwarded message, if it is one.
    var forwarded: Forwarded?

    /// A message that another one passes on.
    struct Forwarded: Equatable, Sendable {
        /// Its text.
        var content: String
        /// What it holds beside its text.
        var extras: DiscordExtras
    }

    /// Reads a message object.
    init?(_ value: JSONValue?) {
        guard let value, let id = value["id"]?.string.flatMap({ Snowflake($0) }),
            let channel = value["channel_id"]?.string.flatMap({ Snowflake($0) })
        else { return nil }
        self.id = id
        self.channel = channel
        self.type = value["type"]?.integer ?? 0
        self.author = DiscordUser(value["author"], member: value["member"])
        self.content = value["content"]?.string ?? ""
        self.editedAt = value["edited_timestamp"]?.string.flatMap {
            DiscordTimestamp.milliseconds($0)
        }
        self.isPartial = value["content"]?.string == nil || value["author"]?.object == nil
        self.isFromWebhook = value["webhook_id"]?.string != nil
        self.mentions = (value["mentions"]?.array ?? []).compactMap { DiscordUser($0) }
        self.extras = DiscordExtras(value)
        let snapshot = value["message_snapshots"]?.array?.first?["message"]
        self.forwarded = snapshot.map {
            Forwarded(content: $0["content"]?.string ?? "", extras: DiscordExtras($0))
        }
        // A forward refers to what it passes on, which is no answer.
        let reference = value["message_reference"]
        self.answers =
            reference?["type"]?.integer ?? 0 == 0
            ? reference?["message_id"]?.string.flatMap { Snowflake($0) } : nil
    }

    /// Nothing that a person could have meant to say: what Discord hands out while the
    /// message-content intent is off.
    var isBlank: Bool {
        self.content.isEmpty && self.forwarded == nil && self.extras.isEmpty
    }

    /// Whether a person wrote it, rather than a program, a webhook or Discord itself.
    var isSpoken: Bool {
        // Kinds of messages that people write: plain ones and replies.
        guard let author = self.author else { return false }
        return !author.isBot && !self.isFromWebhook && (self.type == 0 || self.type == 19)
    }
}
