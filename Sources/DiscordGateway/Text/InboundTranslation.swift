import Protocol

/// What a message in a post becomes for the visitor.
enum Translated: Equatable, Sendable {
    /// A message to hand to the broker.
    case message(Send)
    /// A person's message that stays among operators: a note, or of somebody who is none.
    case internalNote
    /// Not for the visitor: ours, a program's, or Discord's own.
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
    /// Whose messages go out; empty: those of all who may write in the post.
    var operatorRoles: Set<Snowflake> = []
    /// Makes opaque ids of authors.
    var authors: AuthorNames

    /// Whether somebody is an operator. Without being told their roles nobody is, unless all are.
    func isOperator(_ user: DiscordUser) -> Bool {
        guard !user.isBot, user.id != self.bot else { return false }
        return self.operatorRoles.isEmpty
            || !self.operatorRoles.isDisjoint(with: user.member?.roles ?? [])
    }

    /// Translates a message of a conversation's post.
    func translate(_ message: DiscordMessage, in conversation: ConversationID) -> Translated {
        guard let author = message.author, author.id != self.bot, message.isSpoken else {
            return .ignored
        }
        guard !message.isBlank else { return .withheld }
        guard self.isOperator(author), !message.content.hasPrefix(self.notePrefix) else {
            return .internalNote
        }
        let text = self.text(of: message)
        guard !text.isEmpty, let key = message.id.key else { return .ignored }
        return .message(
            Send(
                conversation: conversation, key: key, revision: message.editedAt ?? 0,
                author: self.authors.author(of: author), body: text, format: .markdown,
                sentAt: message.id.milliseconds, mark: message.id.mark))
    }

    /// The text, and a line for each thing that isn't text and can't be passed on yet.
    private func text(of message: DiscordMessage) -> String {
        var lines = [OperatorText.translated(message.content, mentions: message.mentions)]
        if let forwarded = message.forwarded {
            let text = OperatorText.translated(forwarded.content, mentions: [])
            lines.append(text.isEmpty ? "[forwarded]" : "[forwarded] \(text)")
            lines += Placeholders.lines(for: forwarded.extras, withText: !text.isEmpty)
        }
        let hasText = lines.contains { !$0.isEmpty }
        lines += Placeholders.lines(for: message.extras, withText: hasText)
        let text = lines.filter { !$0.isEmpty }.joined(separator: "\n")
        return OperatorText.cut(text, toBytes: Limits.bodyBytes)
    }
}
