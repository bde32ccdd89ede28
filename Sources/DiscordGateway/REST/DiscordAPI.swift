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
    /// One message.
    func message(
        _ id: Snowflake, in channel: Snowflake
    ) async -> DiscordOutcome<DiscordMessage>
    /// Makes a post with a card as its first message. Not safe to repeat.
    func createPost(
        in channel: Snowflake, name: String, card: Card
    ) async -> DiscordOutcome<DiscordChannel>
    /// Sends a message. Safe to repeat for some minutes, by its nonce.
    func createMessage(
        in channel: Snowflake, _ part: MessagePart
    ) async -> DiscordOutcome<DiscordMessage>
}

/// The most messages that one page holds.
let messagePageSize = 100

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
