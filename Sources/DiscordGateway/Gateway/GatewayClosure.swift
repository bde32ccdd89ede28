/// What the end of a Gateway connection means for the next one.
enum GatewayClosure: Equatable, Sendable {
    /// Connect again and continue the session.
    case resume
    /// Connect again with a new session.
    case identify
    /// Connecting again can't help until somebody mends what the sentence says.
    case stop(sentence: String)

    /// The meaning of a close code; `nil` is a connection lost without one.
    init(code: UInt16?) {
        switch code {
        case 4003, 4007, 4009: self = .identify
        case 4004:
            self = .stop(
                sentence: "Discord refuses the token. Set DISCORD_TOKEN to the bot's present one.")
        case 4010, 4011:
            self = .stop(
                sentence: "The bot is on too many servers for one connection. Use a bot of its own."
            )
        case 4012:
            self = .stop(
                sentence: "Discord has given up this version of its Gateway. Install a newer "
                    + "version of ChatBox.")
        case 4013:
            // The intents are a constant of ours: no setting of Discord's or ours mends this.
            self = .stop(
                sentence: "Discord doesn't know what ChatBox asks to hear of. Install a newer "
                    + "version of ChatBox; what visitors write is stored until then.")
        case 4014:
            self = .stop(
                sentence: "Switch on \"Message Content Intent\" for the bot in Discord's "
                    + "developer portal, on the page Bot.")
        // The rest are ends from which the session survives; 1000 and 1001 usually end it, which
        // Discord then says by itself.
        default: self = .resume
        }
    }
}
