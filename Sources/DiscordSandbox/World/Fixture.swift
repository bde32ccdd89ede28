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

    static let guildName = "Sandbox"
    static let forumName = "website-chats"
    /// When all of it began: 2024-01-01.
    static let beganMilliseconds: Int64 = 1_704_067_200_000

    /// View, send, history, embeds, files, threads, reactions: what @everyone has here.
    static let everyonePermissions: UInt64 = 309_237_763_136
    /// What a relay needs (view, send in threads, manage threads, history, reactions, files).
    static let botPermissions: UInt64 = 326_417_632_320

    static let users = [
        User(id: bot, name: "ChatBox", isBot: true), User(id: owner, name: "Owner", isBot: false),
    ]
}
