import Protocol

/// The first message of a post: says whose it is, and holds the full uid by which a post of
/// uncertain making is found again.
///
/// It is an embed, so that a message of ours without one is always a visitor's. Beside the embed it
/// holds at most the mention of one role.
struct Card: Equatable, Sendable {
    /// Who is to be told of the post, if somebody is.
    var mention: Snowflake?
    /// The heading.
    var title: String
    /// What operators should know, in a line or two.
    var text: String
    /// The conversation's uid.
    var uid: String

    /// The card of a conversation's post.
    init(
        conversation: ConversationID, visitor: String, notePrefix: String, isSuccessor: Bool,
        mention: Snowflake? = nil
    ) {
        self.mention = mention
        self.title = visitor
        let opening =
            isSuccessor
            ? "The conversation goes on here: its earlier post was deleted."
            : "A new conversation from the website."
        self.text =
            opening + " What you write here goes to the visitor; a message that begins with "
            + "`\(notePrefix)` stays among you."
        self.uid = conversation.description
    }

    /// Whether a message is the card of this conversation.
    static func stands(in message: DiscordMessage, for conversation: ConversationID) -> Bool {
        let uid = conversation.description
        return message.extras.embedTexts.contains { $0.contains(uid) }
    }

    /// The conversation whose card a message is, if it is one.
    static func conversation(of message: DiscordMessage) -> ConversationID? {
        message.extras.embedTexts.lazy.compactMap { ConversationID($0) }.first
    }
}
