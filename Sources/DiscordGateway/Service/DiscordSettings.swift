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
    /// The forum.
    var channel: Snowflake
    /// The API's address, without a slash at its end.
    var apiURL: String
    /// What begins a note that stays among operators.
    var notePrefix: String
    /// How long a request of unknown outcome may still take effect.
    var settle: Duration
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
