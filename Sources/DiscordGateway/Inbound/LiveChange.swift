/// Something that the Gateway told of one of our posts.
struct LiveChange: Equatable, Sendable {
    /// The number by which the dispatch is finished.
    var number: DispatchNumber
    /// What happened.
    var change: PostChange
}

/// What can happen in a post, or to it.
enum PostChange: Equatable, Sendable {
    /// A message was written.
    case written(DiscordMessage)
    /// A message has another text, or Discord added a preview to it.
    case edited(DiscordMessage)
    /// Messages were deleted.
    case deleted([Snowflake])
    /// The post itself seems to be deleted.
    case removed

    /// The message that was written, if one was.
    var written: DiscordMessage? {
        if case .written(let message) = self { message } else { nil }
    }

    /// The messages that were edited or deleted, which nobody tells of again.
    var changed: [Snowflake] {
        switch self {
        case .edited(let message): [message.id]
        case .deleted(let messages): messages
        case .written, .removed: []
        }
    }
}

/// What a post's worker does next.
enum LaneWork: Equatable, Sendable {
    /// Read everything after the mark, and after what is just older than `including`; that also covers
    /// these dispatches.
    case readBack(covering: [DispatchNumber], including: Snowflake? = nil)
    /// Have the post compared: what was to be done before that is done.
    case compare
    /// Handle one change.
    case live(LiveChange)
}
