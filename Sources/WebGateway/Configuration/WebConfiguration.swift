import ProcessShell
import Protocol

/// How this process is set up.
struct WebConfiguration: Equatable, Sendable {
    /// The broker's socket.
    var socketPath = "var/run/broker.sock"
    /// The box that the website belongs to.
    var box: Name
    /// The address to listen on.
    var host = "127.0.0.1"
    /// The port to listen on; 0 takes any free one.
    var port = 8080
    /// The folder of the page.
    var staticFolder = "static"
    /// Which pages may connect.
    var origins = OriginRules.sameHost
    /// Whose word about who asked counts.
    var proxies = TrustedProxies.none
    /// How many times the limits of addresses hold; 0 takes them away.
    var limitFactor = 1
    /// Who may read the counts.
    var metricsAccess = MetricsAccess(token: nil)
    /// In which a page says hello. It is no setting: only tests wait less.
    var helloTime = Duration.seconds(WebLimits.helloSeconds)

    /// The names that this process answers to.
    var hosts: HostRules { HostRules(listening: self.host, origins: self.origins) }

    /// The service that this process speaks for.
    var service: Name

    /// Reads the settings.
    init(_ settings: Settings) throws(ProcessFailure) {
        self.socketPath = try settings.socketPath("CHATBOX_SOCKET", default: self.socketPath)
        guard let main = Name("main"), let web = Name("web") else {
            preconditionFailure("Both are names.")
        }
        self.service = web
        self.box = try settings.value(
            "CHATBOX_BOX", default: main, "1–64 characters of A-Z a-z 0-9 . _ : -"
        ) { Name($0) }
        self.host = settings.text("CHATBOX_WEB_HOST", default: self.host)
        self.port = try settings.integer("CHATBOX_WEB_PORT", default: self.port, in: 0...65_535)
        self.staticFolder = settings.text("CHATBOX_STATIC", default: self.staticFolder)
        self.origins = try settings.value(
            "CHATBOX_ALLOWED_ORIGINS", default: .sameHost,
            "origins like https://shop.example, separated by commas"
        ) { OriginRules(list: $0) }
        self.proxies = try settings.value(
            "CHATBOX_TRUSTED_PROXIES", default: .none,
            "addresses and ranges like 10.0.0.2 or 10.0.0.0/8, separated by commas"
        ) { TrustedProxies(list: $0) }
        self.limitFactor = try settings.integer(
            "CHATBOX_LIMIT_FACTOR", default: self.limitFactor, in: 0...1_000)
        if let token = try settings.secretFile("CHATBOX_METRICS_TOKEN_FILE") {
            self.metricsAccess = MetricsAccess(token: try Self.metricsToken(token, settings))
        }
    }

    private static func metricsToken(
        _ text: String, _ settings: Settings
    ) throws(ProcessFailure) -> String {
        let token = text.trimmingPrefix { $0.isWhitespace }.prefix { !$0.isWhitespace }
        let rest = text.drop { $0.isWhitespace }.dropFirst(token.count)
        guard token.utf8.count >= Self.tokenBytesMin,
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            rest.allSatisfy(\.isWhitespace)
        else {
            throw ProcessFailure(
                .configuration,
                "CHATBOX_METRICS_TOKEN_FILE names a file that must hold one token of at least "
                    + "\(Self.tokenBytesMin) visible characters, and nothing else. Correct it and "
                    + "start again.")
        }
        return String(token)
    }

    /// Bytes of a token: 16 can't be guessed over a network.
    private static let tokenBytesMin = 16
}
