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
    }
}
