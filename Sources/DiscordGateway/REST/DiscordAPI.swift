/// The calls that the gateway makes to Discord.
protocol DiscordAPI: Sendable {
    /// The application that the token belongs to.
    func application() async -> DiscordOutcome<DiscordApplication>
    /// The bot's own user.
    func currentUser() async -> DiscordOutcome<DiscordUser>
    /// Where the Gateway is, and how many sessions may still be started.
    func gatewayAddress() async -> DiscordOutcome<GatewayAddress>
    /// A channel or post.
    func channel(_ id: Snowflake) async -> DiscordOutcome<DiscordChannel>
    /// A server.
    func guild(_ id: Snowflake) async -> DiscordOutcome<DiscordGuild>
    /// A member of a server.
    func member(_ user: Snowflake, of guild: Snowflake) async -> DiscordOutcome<DiscordMember>
    /// All posts of a server that aren't archived.
    func activeThreads(of guild: Snowflake) async -> DiscordOutcome<DiscordThreadPage>
    /// A page of a channel's archived posts, newest first, before a time as Discord spells it.
    func archivedThreads(
        of channel: Snowflake, before: String?
    ) async -> DiscordOutcome<DiscordThreadPage>
    /// A page of the messages after one, as Discord hands it out.
    func messages(
        in channel: Snowflake, after: Snowflake
    ) async -> DiscordOutcome<[DiscordMessage]>
    /// The newest messages of a channel, as Discord hands them out.
    func newestMessages(in channel: Snowflake) async -> DiscordOutcome<[DiscordMessage]>
    /// One message.
    func message(
        _ id: Snowflake, in channel: Snowflake
    ) async -> DiscordOutcome<DiscordMessage>
    /// Makes a forum's post with a card as its first message. Not safe to repeat.
    func createPost(
        in channel: Snowflake, name: String, card: Card
    ) async -> DiscordOutcome<DiscordChannel>
    /// Makes a text channel's post, without a message. Not safe to repeat.
    func createThread(
        in channel: Snowflake, name: String
    ) async -> DiscordOutcome<DiscordChannel>
    /// Archives a post, or takes it out of the archive.
    func archive(_ post: Snowflake, _ isArchived: Bool) async -> DiscordOutcome<Done>
    /// Removes a post with everything in it, for good.
    func deletePost(_ post: Snowflake) async -> DiscordOutcome<Done>
    /// Sends a message. Safe to repeat for some minutes, by its nonce.
    func createMessage(
        in channel: Snowflake, _ part: MessagePart
    ) async -> DiscordOutcome<DiscordMessage>
    /// Says something on ChatBox's own account. Safe to repeat for some minutes, by its nonce.
    func createNotice(
        in channel: Snowflake, _ notice: Notice
    ) async -> DiscordOutcome<DiscordMessage>
    /// Gives one of our messages another text.
    func editMessage(
        _ id: Snowflake, in channel: Snowflake, content: String
    ) async -> DiscordOutcome<Done>
    /// Removes one of our messages.
    func deleteMessage(_ id: Snowflake, in channel: Snowflake) async -> DiscordOutcome<Done>
    /// Puts our reaction beneath a message, or takes it away.
    func react(
        _ reaction: Reaction, to message: Snowflake, in channel: Snowflake, _ isThere: Bool
    ) async -> DiscordOutcome<Done>
    /// Shows for some seconds that somebody types.
    func type(in channel: Snowflake) async -> DiscordOutcome<Done>
    /// An avatar's bytes from Discord's picture server.
    func picture(of avatar: AvatarSource) async -> DiscordOutcome<[UInt8]>
}

/// The most messages that one page holds.
let messagePageSize = 100

/// That a request was done which answers nothing else.
struct Done: Equatable, Sendable {}

/// An application of Discord's developer portal.
struct DiscordApplication: Equatable, Sendable {
    /// Its id.
    var id: Snowflake
    /// Whether it may read what people write; `nil` if Discord doesn't say.
    var mayReadContent: Bool?
}

/// Where the Gateway is.
struct GatewayAddress: Equatable, Sendable {
    /// The address, `wss://…`.
    var url: String
    /// Sessions that may still be started before `resetAfter` has passed.
    var sessionsLeft: Int64
    /// Until the count starts anew.
    var resetAfter: Duration
}
