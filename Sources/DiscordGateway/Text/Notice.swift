import Protocol

/// Something that ChatBox says in a post on its own account: an embed without content, so that it
/// can't be taken for a visitor's message.
struct Notice: Equatable, Sendable {
    /// What it says, at most 4,096 UTF-16 units.
    var text: String
    /// By which Discord knows a repeated send for some minutes; at most 25 characters.
    var nonce: String
    /// A card instead of a plain line.
    var card: Card?

    /// The visitor's side ended the conversation.
    static func closed(by event: Event) -> Notice {
        Notice(
            text: "The conversation was closed. It goes on as soon as somebody writes.",
            nonce: MessageNonce.of(event.id, part: 0))
    }

    /// The visitor's side goes on with the conversation.
    static func reopened(by event: Event) -> Notice {
        Notice(text: "The conversation was reopened.", nonce: MessageNonce.of(event.id, part: 0))
    }

    /// A second post of a conversation was found.
    static func duplicate(of post: Snowflake, in duplicate: Snowflake) -> Notice {
        Notice(
            text: "This conversation goes on in <#\(post)>. What was written here was taken over; "
                + "please write there.",
            nonce: "d\(duplicate)")
    }

    /// The card of a text channel's post, which has no first message of its own.
    static func card(_ card: Card, of conversation: ConversationID) -> Notice {
        Notice(
            text: card.text, nonce: "c" + Base64URL.encode(conversation.bits.bytes), card: card)
    }
}
