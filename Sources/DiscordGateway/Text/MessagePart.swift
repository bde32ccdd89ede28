/// One message to be made in Discord: a visitor's text, or a piece of a long one.
struct MessagePart: Equatable, Sendable {
    /// The text, escaped; 1–2,000 UTF-16 units.
    var content: String
    /// By which Discord knows a repeated send for some minutes; at most 25 characters.
    var nonce: String
    /// The message that it answers, or continues.
    var answers: Snowflake?
}
