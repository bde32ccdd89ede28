/// What stands in the sandbox from the beginning, under ids that never change.
enum Fixture {
    /// The one guild; its id is also the id of the role @everyone.
    static let guild = Snowflake(1_000_000_000_000_000_001)
    /// The one forum channel, what `DISCORD_CHANNEL_ID` names.
    static let forum = Snowflake(1_000_000_000_000_000_002)
    /// The application, and the user of its bot.
    static let bot = Snowflake(1_000_000_000_000_000_003)
    /// Whom the guild belongs to.
    static let owner = Snowflake(1_000_000_000_000_000_004)
    /// A role that all operators have and that may be mentioned.
    static let team = Snowflake(1_000_000_000_000_000_005)
    /// The role that the bot brought with it.
    static let botRole = Snowflake(1_000_000_000_000_000_006)
    /// The one text channel, for threads where there is no forum.
    static let text = Snowflake(1_000_000_000_000_000_007)
    /// A role for people who don't belong to the team.
    static let guests = Snowflake(1_000_000_000_000_000_008)

    /// The forum's tags.
    static let tags = [
        (id: Snowflake(1_000_000_000_000_000_011), name: "Open"),
        (id: Snowflake(1_000_000_000_000_000_012), name: "Waiting"),
        (id: Snowflake(1_000_000_000_000_000_013), name: "Closed"),
    ]

    static let guildName = "Sandbox"
    static let forumName = "website-chats"
    static let textName = "visitors"
    /// When all of it began: 2024-01-01.
    static let beganMilliseconds: Int64 = 1_704_067_200_000

    /// What a relay needs (view, send in threads, manage threads, history, reactions, files).
    static let botPermissions = Permissions.ordinary.union(.manageThreads)

    static let users = [
        User(id: bot, name: "ChatBox", isBot: true, roles: [botRole]),
        User(id: owner, name: "Owner", isBot: false, roles: []),
    ]

    static let roles = [
        Role(id: guild, name: "@everyone", permissions: .ordinary, position: 0),
        Role(
            id: team, name: "Team",
            permissions: .ordinary.union([.manageMessages, .manageThreads]), position: 2,
            isMentionable: true),
        Role(
            id: botRole, name: "ChatBox", permissions: botPermissions, position: 3, bot: bot),
        Role(
            id: guests, name: "Guests", permissions: .ordinary, position: 1, isMentionable: true),
    ]

    static let channels = [
        GuildChannel(id: forum, kind: .forum, name: forumName),
        GuildChannel(id: text, kind: .text, name: textName),
    ]
}
