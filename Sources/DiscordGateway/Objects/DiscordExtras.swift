import StrictJSON

/// What a message holds beside its text.
struct DiscordExtras: Equatable, Sendable {
    /// The names of attached files.
    var attachments: [String]
    /// Whether the one attachment is a voice message.
    var isVoice: Bool
    /// The names of stickers.
    var stickers: [String]
    /// The question of a poll, if it is one.
    var poll: String?
    /// Each embed's heading or, without one, an empty text.
    var embeds: [String]
    /// All text in its embeds, for the search for a card.
    var embedTexts: [String]
    /// Whether it holds parts that are none of the above.
    var hasComponents: Bool

    private static let voiceFlag: Int64 = 1 << 13

    /// Reads a message object, or the snapshot of one.
    init(_ value: JSONValue) {
        self.attachments = Self.names(value["attachments"], "filename")
        self.isVoice = (value["flags"]?.integer ?? 0) & Self.voiceFlag != 0
        self.stickers = Self.names(value["sticker_items"], "name")
        self.poll = value["poll"]?["question"]?["text"]?.string
        let embeds = value["embeds"]?.array ?? []
        self.embeds = embeds.map { $0["title"]?.string ?? "" }
        self.embedTexts = embeds.flatMap(Self.texts)
        self.hasComponents = value["components"]?.array?.isEmpty == false
    }

    /// Whether there is nothing beside the text.
    var isEmpty: Bool {
        self.attachments.isEmpty && self.stickers.isEmpty && self.poll == nil
            && self.embeds.isEmpty && !self.hasComponents
    }

    private static func names(_ list: JSONValue?, _ member: String) -> [String] {
        (list?.array ?? []).map { $0[member]?.string ?? "" }
    }

    private static func texts(_ embed: JSONValue) -> [String] {
        var texts = [embed["title"]?.string, embed["description"]?.string]
        texts.append(embed["footer"]?["text"]?.string)
        for field in embed["fields"]?.array ?? [] {
            texts.append(field["value"]?.string)
        }
        return texts.compactMap { $0 }
    }
}
