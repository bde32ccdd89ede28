import Protocol

/// What a message in a post becomes for the visitor.
enum Translated: Equatable, Sendable {
    /// A message to hand to the broker.
    case message(Send)
    /// Not for the visitor: ours, a program's, Discord's own, or a note among operators.
    case ignored
    /// A person's message with nothing in it: Discord withholds the content from us. It must not
    /// be stored, nor passed by the mark.
    case withheld
}

/// Turns operators' messages into messages for the visitor, without a trace of Discord's ids.
struct InboundTranslation: Sendable {
    /// Our bot's own user.
    var bot: Snowflake
    /// What begins a note that stays among operators.
    var notePrefix: String
    /// Makes opaque ids of authors.
    var authors: AuthorNames

    /// Kinds of messages that people write: plain ones and replies.
    private static let spoken: Set<Int64> = [0, 19]

    /// Translates a message of a conversation's post.
    func translate(_ message: DiscordMessage, in conversation: ConversationID) -> Translated {
        guard let author = message.author, author.id != self.bot, !author.isBot,
            !message.isFromWebhook, Self.spoken.contains(message.type)
        else { return .ignored }
        guard !message.isBlank else { return .withheld }
        guard !message.content.hasPrefix(self.notePrefix) else { return .ignored }
        let text = self.text(of: message)
        guard !text.isEmpty, let key = message.id.key else { return .ignored }
        return .message(
            Send(
                conversation: conversation, key: key, author: self.authors.author(of: author),
                body: text, format: .markdown, sentAt: message.id.milliseconds,
                mark: message.id.mark))
    }

    /// The text, and a line for each thing that isn't text and can't be passed on yet.
    private func text(of message: DiscordMessage) -> String {
        var lines = [OperatorText.translated(message.content, mentions: message.mentions)]
        if let forwarded = message.forwarded {
            lines.append("[forwarded] " + OperatorText.translated(forwarded, mentions: []))
        }
        if let poll = message.poll {
            lines.append("[poll: \(OperatorText.translated(poll, mentions: []))]")
        }
        lines += message.attachments.map { "[attachment: \(Self.label($0))]" }
        lines += message.stickers.map { "[sticker: \(Self.label($0))]" }
        let text = lines.filter { !$0.isEmpty }.joined(separator: "\n")
        return OperatorText.cut(text, toBytes: Limits.bodyBytes)
    }

    /// A file's name as text: it is the sender's, and must not format or link.
    private static func label(_ name: String) -> String {
        let plain = name.filter { !$0.isNewline && !"[]()<>`*|\\".contains($0) }
        return plain.isEmpty ? "unnamed" : String(plain.prefix(100))
    }
}
