import ProcessShell
import Protocol

/// What chatbox-discord is told by its environment.
struct DiscordSettings: Sendable {
    /// Discord's own address.
    static let officialURL = "https://discord.com/api/v10"

    /// The broker's socket.
    var socketPath: String
    /// The box.
    var box: Name
    /// The bot's token. Never logged.
    var token: String
    /// The forum or text channel.
    var channel: Snowflake
    /// The API's address, without a slash at its end.
    var apiURL: String
    /// What begins a note that stays among operators.
    var notePrefix: String
    /// How long a request of unknown outcome may still take effect.
    var settle: Duration
    /// The role that is told of new and reopened posts.
    var notifyRole: Snowflake?
    /// The roles whose members' messages go out; empty: everybody's.
    var operatorRoles: Set<Snowflake> = []
    /// Posts that are made in a minute at most.
    var postsPerMinute = 10
    /// Posts of ours that are open at a time at most. Discord allows a server about 1,000.
    var openPosts = 300
}

extension DiscordSettings {
    /// Reads and checks the settings.
    init(_ settings: Settings) throws(ProcessFailure) {
        self.socketPath = try settings.socketPath("CHATBOX_SOCKET", default: "var/run/broker.sock")
        self.box = try settings.value(
            "CHATBOX_BOX", default: Self.mainBox(), "a name of 1–64 letters, digits and . _ : -"
        ) { Name($0) }
        self.token = try Self.token(settings)
        guard let channel = settings.text("DISCORD_CHANNEL_ID") else {
            throw ProcessFailure(
                .configuration,
                "DISCORD_CHANNEL_ID is missing. Set it to the id of the forum channel that shall "
                    + "hold the conversations (in Discord: developer mode on, right-click the "
                    + "channel, Copy Channel ID).")
        }
        guard let id = Snowflake(channel) else {
            throw settings.wrong("DISCORD_CHANNEL_ID", channel, "a channel's id of digits only")
        }
        self.channel = id
        self.apiURL = try settings.value(
            "DISCORD_API_URL", default: Self.officialURL,
            "an address such as \(Self.officialURL)", Self.address)
        self.notePrefix = settings.text("DISCORD_NOTE_PREFIX", default: "//")
        self.settle = try settings.seconds("DISCORD_SETTLE_SECONDS", default: 10, in: 0...600)
        self.notifyRole = try Self.role(settings)
        self.operatorRoles = try Self.roles(settings)
        self.postsPerMinute = try settings.integer(
            "DISCORD_POSTS_PER_MINUTE", default: 10, in: 1...60)
        self.openPosts = try settings.integer("DISCORD_OPEN_POSTS", default: 300, in: 1...1_000)
    }

    private static func role(_ settings: Settings) throws(ProcessFailure) -> Snowflake? {
        guard let text = settings.text("DISCORD_NOTIFY_ROLE") else { return nil }
        guard let role = Snowflake(text) else {
            throw settings.wrong("DISCORD_NOTIFY_ROLE", text, "a role's id of digits only")
        }
        return role
    }

    private static func roles(_ settings: Settings) throws(ProcessFailure) -> Set<Snowflake> {
        guard let text = settings.text("DISCORD_OPERATOR_ROLES") else { return [] }
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        var roles: Set<Snowflake> = []
        for word in words {
            guard let role = Snowflake(word.filter { $0 != " " }), !word.isEmpty else {
                throw settings.wrong(
                    "DISCORD_OPERATOR_ROLES", text, "ids of roles with commas between")
            }
            roles.insert(role)
        }
        return roles
    }

    private static func mainBox() throws(ProcessFailure) -> Name {
        guard let name = Name("main") else {
            throw ProcessFailure(.configuration, "CHATBOX_BOX must be set.")
        }
        return name
    }

    private static func token(_ settings: Settings) throws(ProcessFailure) -> String {
        if let token = settings.text("DISCORD_TOKEN", isSecret: true) {
            return try self.checked(token, from: "DISCORD_TOKEN")
        }
        guard let text = try settings.secretFile("DISCORD_TOKEN_FILE") else {
            throw ProcessFailure(
                .configuration,
                "DISCORD_TOKEN is missing. Set it to the bot's token from Discord's developer "
                    + "portal, or DISCORD_TOKEN_FILE to a file that holds it.")
        }
        return try self.checked(text, from: "DISCORD_TOKEN_FILE")
    }

    /// A token goes into a header line: white space around it is a slip, anything else is wrong.
    private static func checked(
        _ text: String, from key: String
    ) throws(ProcessFailure) -> String {
        let token = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ProcessFailure(
                .configuration, "\(key) holds no token: one word without spaces, and no \"Bot\".")
        }
        return token
    }

    private static func address(_ text: String) -> String? {
        guard text.hasPrefix("https://") || text.hasPrefix("http://"),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.contains("?"), !text.contains("#")
        else { return nil }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
