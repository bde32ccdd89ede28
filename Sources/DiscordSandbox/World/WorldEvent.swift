import StrictJSON

/// What the gateway tells its clients.
enum WorldEvent: Equatable, Sendable {
    case messageCreated(Message)
    case messageUpdated(Message)
    case messagesDeleted([Snowflake], channel: Snowflake)
    case reactionAdded(Emoji, message: Message, user: Snowflake)
    case reactionRemoved(Emoji, message: Message, user: Snowflake)
    /// All reactions of a message are gone, or those of one emoji.
    case reactionsCleared(Emoji?, message: Message)
    case threadCreated(ChannelThread)
    case threadUpdated(ChannelThread)
    case threadDeleted(ChannelThread)
    /// The bot may see a channel again: its open threads.
    case threadsShown(Snowflake)
    case channelCreated(GuildChannel)
    case channelUpdated(GuildChannel)
    case channelDeleted(GuildChannel)
    case roleCreated(Role)
    case roleUpdated(Role)
    case roleDeleted(Role)
    case memberUpdated(User)
    case typingStarted(user: Snowflake, channel: Snowflake, milliseconds: Int64)

    /// The channel or thread that one must see to hear of it; nil where everybody hears it.
    var place: Snowflake? {
        switch self {
        case .messageCreated(let message), .messageUpdated(let message),
            .reactionAdded(_, let message, _), .reactionRemoved(_, let message, _),
            .reactionsCleared(_, let message):
            message.channel
        case .messagesDeleted(_, let channel), .typingStarted(_, let channel, _): channel
        case .threadCreated(let thread), .threadUpdated(let thread), .threadDeleted(let thread):
            thread.parent
        case .threadsShown(let channel): channel
        case .channelCreated, .channelUpdated, .channelDeleted, .roleCreated, .roleUpdated,
            .roleDeleted, .memberUpdated:
            nil
        }
    }
}
