import FoundationEssentials
import Protocol

/// What is to become an event, without what the conversation gives it.
struct EventDraft {
    /// What it is.
    var kind: Event.Kind
    /// The sender's own id of it.
    var key: IdempotencyKey
    /// Who did it.
    var author: Author
    /// The sender's revision of it.
    var revision: Int64 = 0
    /// The text, if its kind has one.
    var body = ""
    /// How the text is to be read.
    var format = Format.plain
    /// The message that it means.
    var target: Event.Target?
    /// The event that it answers.
    var replyTo: EventID?
    /// When the far side says it was written, in milliseconds since 1970.
    var sentAt: Int64?
    /// By which a repeated send is compared with the first.
    var digest = Data()
    /// The one service that it goes to, if it doesn't go to all.
    var onlyFor: ServiceRow?
    /// The event that has deleted it already.
    var deletedBy: Int64?
    /// Whether the conversation is closed after it; `nil` if it changes nothing of that.
    var closes: Bool?
}
