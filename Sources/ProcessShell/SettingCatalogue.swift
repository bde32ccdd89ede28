/// Every setting that there is, by the process that reads it.
///
/// `--help` prints what stands here, the settings' file may hold what stands here, and what isn't
/// here counts as misspelt. A new setting is added here first (CONTRIBUTING.md).
package enum SettingCatalogue {
    /// What every process reads.
    package static let common: [Setting] = [
        Setting(
            "CHATBOX_LOG_LEVEL", default: "info",
            "how much is logged: trace, debug, info, notice, warning, error or critical"),
        Setting(
            "CHATBOX_CONFIG", default: nil,
            "a file of settings, as --config names one; not in that file itself"),
    ]

    /// What the broker reads.
    package static let broker: [Setting] =
        [
            socket,
            Setting(
                "CHATBOX_DATABASE", default: "var/chatbox.db",
                "the SQLite file, on a local disk; :memory: keeps nothing"),
            Setting(
                "CHATBOX_BOXES", default: "main=web,discord",
                "boxes and the services that each joins, like \"a=web,discord;b=web,echo\"; names "
                    + "are 1-64 of A-Z a-z 0-9 . _ : -"),
            Setting(
                "CHATBOX_ALLOWED_UIDS", default: "the broker's own user",
                "numbers or names of the users whose processes may connect, like 1000,chatbox-web; "
                    + "65534 can't be allowed, it stands for every user of another namespace"),
        ] + common

    /// What the website's gateway reads.
    package static let web: [Setting] =
        [
            socket, box,
            Setting(
                "CHATBOX_WEB_HOST", default: "127.0.0.1",
                "the address to listen on; 0.0.0.0 or :: for all of them"),
            Setting(
                "CHATBOX_WEB_PORT", default: "8080",
                "the port to listen on, 0-65535; 0 takes any free one and prints it"),
            Setting("CHATBOX_STATIC", default: "static", "the folder of the page's files"),
            Setting(
                "CHATBOX_ALLOWED_ORIGINS", default: "the page's own",
                "whose pages may connect: origins like https://shop.example with commas between, "
                    + "each with its scheme, without a path and without *"),
            Setting(
                "CHATBOX_TRUSTED_PROXIES", default: "none",
                "the proxies in front of it, whose X-Forwarded-For and X-Forwarded-Proto count: "
                    + "addresses and ranges like 10.0.0.2,192.168.0.0/16"),
            Setting(
                "CHATBOX_LIMIT_FACTOR", default: "1",
                "how many times the limits of one address and of new conversations hold, 0-1000; "
                    + "0 takes them away"),
            Setting(
                "CHATBOX_METRICS_TOKEN_FILE", default: nil,
                "a file that holds the bearer token with which others than this machine may read "
                    + "GET /metrics"),
        ] + common

    /// What the Discord gateway reads.
    package static let discord: [Setting] =
        [
            Setting(
                "DISCORD_TOKEN_FILE", default: nil,
                "a file that holds the bot's token; others than its owner must not be able to "
                    + "read it (chmod 600), but for what an engine mounts in /run/secrets"),
            Setting(
                "DISCORD_TOKEN", default: nil,
                "the token itself, instead of the file; other programs of the same user can read "
                    + "it there",
                isSecret: true),
            Setting(
                "DISCORD_CHANNEL_ID", default: nil,
                "the id of the forum, or text channel, that holds the conversations; digits only"),
            Setting(
                "DISCORD_API_URL", default: "https://discord.com/api/v10",
                "the address of Discord's REST API, or of a stand-in's; http:// or https://"),
            Setting(
                "DISCORD_NOTE_PREFIX", default: "//",
                "how a message begins that stays among operators"),
            Setting(
                "DISCORD_NOTIFY_ROLE", default: nil,
                "the id of a role that is told of each new or reopened conversation"),
            Setting(
                "DISCORD_OPERATOR_ROLES", default: "everybody who may write there",
                "ids of the roles whose members' messages go to visitors, with commas between; "
                    + "others' stay internal"),
            Setting(
                "DISCORD_POSTS_PER_MINUTE", default: "10",
                "posts that are made in a minute at most, 1-60; further conversations wait"),
            Setting(
                "DISCORD_OPEN_POSTS", default: "300",
                "posts that are open at a time at most, 1-1000; further conversations wait"),
            Setting(
                "DISCORD_SETTLE_SECONDS", default: "10",
                "how long a request whose answer was lost may still take effect, 0-600"),
            socket, box,
        ] + common

    /// What the stand-in for Discord reads.
    package static let sandbox: [Setting] =
        [
            Setting(
                "DISCORD_SANDBOX_HOST", default: "127.0.0.1",
                "the address to listen on; 0.0.0.0 only where nobody else reaches it, in a "
                    + "container's network"),
            Setting(
                "DISCORD_SANDBOX_PORT", default: "8090",
                "the port to listen on, 0-65535; 0 takes any free one and prints it"),
            Setting(
                "DISCORD_SANDBOX_TOKEN", default: "any",
                "the only bot token that is taken", isSecret: true),
            Setting(
                "DISCORD_SANDBOX_MESSAGE_LIMIT", default: "5/5",
                "messages/seconds in one post; 0 for no limit"),
            Setting(
                "DISCORD_SANDBOX_GLOBAL_LIMIT", default: "50/1",
                "requests/seconds of the bot; 0 for no limit"),
            Setting(
                "DISCORD_SANDBOX_HEARTBEAT_MS", default: "41250",
                "the gateway's heartbeat interval in milliseconds, 10-600000"),
            Setting(
                "DISCORD_SANDBOX_RESUME_EVENTS", default: "1000",
                "events kept for a RESUME, 1-100000"),
            variable,
        ] + common

    /// What only whatever starts the processes reads: `make run`, the tests.
    private static let starters = [
        "CHATBOX_BIN", "CHATBOX_SANDBOX", "CHATBOX_SEED", "CHATBOX_VAR",
    ]

    private static let socket = Setting(
        "CHATBOX_SOCKET", default: "var/run/broker.sock",
        "the broker's Unix socket, at most 107 bytes as an absolute path; a relative one counts "
            + "from the folder in which the process is started")
    private static let box = Setting(
        "CHATBOX_BOX", default: "main", "the box that it belongs to, one of the broker's")
    private static let variable = Setting(
        "VAR", default: "var", "the folder of all state; the stand-in's is VAR/sandbox")

    /// Every setting of every process, by its key.
    static let all: [String: Setting] = Dictionary(
        (broker + web + discord + sandbox).map { ($0.key, $0) }, uniquingKeysWith: { one, _ in one }
    )

    /// Every name of ours that may stand in an environment.
    static let names: Set<String> = Set(all.keys).union(starters)

    /// The name that a misspelt one was probably meant to be, among some names.
    static func meant(by found: String, among names: some Sequence<String>) -> String? {
        let name = found.uppercased()
        return names.map { (key: $0, slips: EnvironmentCheck.slips(name, $0)) }
            .filter { $0.slips <= 2 }
            .min { ($0.slips, $0.key) < ($1.slips, $1.key) }?.key
    }
}
