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
    /// Set for what a webhook wrote.
    var isFromWebhook: Bool
    /// The people whom it mentions.
    var mentions: [DiscordUser]
    /// The names of attached files.
    var attachments: [String]
    /// The names of stickers.
    var stickers: [String]
    /// The text of a forwarded message, if it is one.
    var forwarded: String?
    /// The question of a poll, if it is one.
    var poll: String?
    /// All text in its embeds, for the search for a card.
    var embedTexts: [String]
    /// Whether it holds parts that are none of the above.
    var hasComponents: Bool

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
        self.isFromWebhook = value["webhook_id"]?.string != nil
        self.mentions = (value["mentions"]?.array ?? []).compactMap { DiscordUser($0) }
        self.attachments = Self.names(value["attachments"], "filename")
        self.stickers = Self.names(value["sticker_items"], "name")
        let snapshot = value["message_snapshots"]?.array?.first?["message"]
        self.forwarded = snapshot.map { $0["content"]?.string ?? "" }
        self.poll = value["poll"]?["question"]?["text"]?.string
        self.embedTexts = (value["embeds"]?.array ?? []).flatMap(Self.embedTexts)
        self.hasComponents = value["components"]?.array?.isEmpty == false
    }

    /// Nothing that a person could have meant to say: what Discord hands out while the
    /// message-content intent is off.
    var isBlank: Bool {
        self.content.isEmpty && self.attachments.isEmpty && self.stickers.isEmpty
            && self.forwarded == nil && self.poll == nil && self.embedTexts.isEmpty
            && !self.hasComponents
    }

    private static func names(_ list: JSONValue?, _ member: String) -> [String] {
        (list?.array ?? []).map { $0[member]?.string ?? "" }
    }

    private static func embedTexts(_ embed: JSONValue) -> [String] {
        var texts = [embed["title"]?.string, embed["description"]?.string]
        texts.append(embed["footer"]?["text"]?.string)
        for field in embed["fields"]?.array ?? [] {
            texts.append(field["value"]?.string)
        }
        // An embed without text is still something: a picture or a video.
        return texts.compactMap { $0 } + [""]
    }
}
