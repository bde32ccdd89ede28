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

    /// What stands before a message that may have stood there before.
    static let doubtText =
        "Possible duplicate: the next message may have stood here before. ChatBox was interrupted, "
        + "and can't find out any more."

    /// The next message is a part that may have been made before, and deleted.
    static func possibleDuplicate(of part: MessagePart) -> Notice {
        // The part's own nonce, whose digits behind the event's 22 make room for the letter.
        Notice(text: self.doubtText, nonce: "p" + part.nonce.prefix(22))
    }

    /// Something of the visitor's will never stand here, in the words of whoever refused it.
    static func refused(_ event: Event, reason: String) -> Notice {
        let what =
            event.kind == .edit
            ? "The visitor changed a message, and the change can't be shown here."
            : "A message of the visitor's can't be shown here."
        return Notice(
            text: what + " \(reason) The visitor can try again; so can `chatbox dead-letters`.",
            nonce: "x" + Base64URL.encode(event.id.bits.bytes))
    }

    /// The broker set something of the visitor's aside, because processes died of it. The number keeps
    /// it apart from what is said of others.
    static func setAside(_ event: Event, _ aside: SetAside, isPartlyMade: Bool) -> Notice {
        let what =
            switch aside.kind {
            case .edit:
                "The visitor changed a message, and the change (number \(event.seq)) can't be shown "
                    + "here."
            case .deletion:
                "The visitor took a message back, and it may stand here still (number \(event.seq))."
            case .close, .reopen:
                "The visitor's side closed or reopened the conversation, and that (number "
                    + "\(event.seq)) can't be shown here."
            default:
                isPartlyMade
                    ? "A message of the visitor's (number \(event.seq)) may stand above in part only."
                    : "A message of the visitor's (number \(event.seq)) can't be shown here."
            }
        let isForGood = aside.kind == .close || aside.kind == .reopen
        let help = isForGood ? "" : " The visitor can try again; so can `chatbox dead-letters`."
        return Notice(
            text: what + " \(aside.reason)" + help,
            nonce: "x" + Base64URL.encode(event.id.bits.bytes))
    }

    private static let successorText = "This conversation goes on in"
    private static let orphanText = "This conversation is no more:"

    /// A second post of a conversation was found.
    static func duplicate(of post: Snowflake, in duplicate: Snowflake) -> Notice {
        Notice(
            text: self.successorText + " <#\(post)>. What was written here was taken over; "
                + "please write there.",
            nonce: "d\(duplicate)")
    }

    /// The broker has forgotten a post's conversation.
    static func orphan(_ post: Snowflake) -> Notice {
        Notice(
            text: self.orphanText + " ChatBox's database was put back to an earlier copy, from "
                + "before it began. What is written here reaches nobody. If the visitor writes "
                + "again, a new post is made.",
            nonce: "o\(post)")
    }

    /// What stands in a post of which the broker has forgotten a part.
    static let lostText =
        "ChatBox's database was put back to an earlier copy. Some of what the visitor wrote above "
        + "stands only here now; the visitor's page doesn't show it any more."

    /// The broker has forgotten messages of a visitor's that stand in a post.
    static func lost(in post: Snowflake) -> Notice {
        Notice(text: self.lostText, nonce: "l\(post)")
    }

    /// Whether a message is what we say when we leave a post for good.
    static func isLastWord(_ message: DiscordMessage) -> Bool {
        message.extras.embedTexts.contains {
            $0.hasPrefix(self.successorText) || $0.hasPrefix(self.orphanText)
        }
    }

    /// The card of a text channel's post, which has no first message of its own.
    static func card(_ card: Card, of conversation: ConversationID) -> Notice {
        Notice(
            text: card.text, nonce: "c" + Base64URL.encode(conversation.bits.bytes), card: card)
    }
}
