internal import ProcessShell

/// What a sandbox is set to, from the environment.
struct SandboxConfiguration: Sendable {
    /// The address to listen on.
    var host = "127.0.0.1"
    var port: Int
    /// Where the journal lies.
    var folder: String
    var rules = SandboxCore.Rules()

    init(port: Int, folder: String) {
        self.port = port
        self.folder = folder
    }

    init(_ settings: Settings) throws(ProcessFailure) {
        self.host = settings.text("DISCORD_SANDBOX_HOST", default: self.host)
        self.port = try settings.integer("DISCORD_SANDBOX_PORT", default: 8090, in: 0...65_535)
        self.folder = settings.text("VAR", default: "var") + "/sandbox"
        self.rules.gateway.token = settings.text("DISCORD_SANDBOX_TOKEN", isSecret: true)
        self.rules.gateway.heartbeatMilliseconds = Int64(
            try settings.integer(
                "DISCORD_SANDBOX_HEARTBEAT_MS", default: 41_250, in: 10...600_000))
        self.rules.gateway.bufferMax = try settings.integer(
            "DISCORD_SANDBOX_RESUME_EVENTS", default: 1000, in: 1...100_000)
        let form = "requests/seconds such as 5/5, or 0 for no limit"
        self.rules.messageLimit = try settings.value(
            "DISCORD_SANDBOX_MESSAGE_LIMIT", default: self.rules.messageLimit, form,
            RateLimit.parse)
        self.rules.globalLimit = try settings.value(
            "DISCORD_SANDBOX_GLOBAL_LIMIT", default: self.rules.globalLimit, form,
            RateLimit.parse)
    }
}
