import ArgumentParser
import FoundationEssentials
import GatewayKit
import Logging
import NIOCore
import ProcessShell
import Protocol
import ServiceLifecycle

/// The website's gateway: serves the page and speaks with browsers.
@main
struct WebGatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chatbox-web",
        abstract: "Serves the chat page, and carries messages between browsers and the broker.",
        discussion: """
            It keeps nothing of its own: everything is the broker's, which may start before or \
            after it. While the broker is away, pages keep what was written and come back by \
            themselves.

            \(Setting.help(SettingCatalogue.web))

            GET / is the page, GET /ws the WebSocket (docs/protocol.md, section 9), GET \
            /avatar/REFERENCE a picture. GET /livez answers 200 while the process works, GET \
            /readyz 200 while the broker answers and can store what comes, else 503 and why, GET \
            /metrics counts for Prometheus, to this machine or with the token.

            Behind a proxy, name it in CHATBOX_TRUSTED_PROXIES and the site's origin in \
            CHATBOX_ALLOWED_ORIGINS: without the first all visitors count as one address, without \
            the second the name may be refused.

            SIGTERM sends the pages to the next process and ends with 0. Other exit codes follow \
            sysexits(3): 64 the command line is wrong, 69 the port is in use or the broker refuses, \
            77 not permitted, 78 a setting is wrong.
            """,
        version: ProcessRunner.version)

    @OptionGroup var options: ProcessOptions

    func run() async throws {
        await ProcessRunner.run("chatbox-web", config: self.options.config) { settings, logger in
            let configuration = try WebConfiguration(settings)
            return Self.services(configuration, logger) { address in
                Self.announce(configuration, address)
            }
        }
    }

    /// The services of this process, in the order of their start.
    static func services(
        _ configuration: WebConfiguration, _ logger: Logger,
        onRunning: @escaping @Sendable (SocketAddress?) -> Void
    ) -> [any Service] {
        let identity = GatewayIdentity(
            box: configuration.box, service: configuration.service, mode: .reader,
            peerKind: .uuid, agent: "chatbox-web/\(ProcessRunner.version)")
        let client = BrokerClient(
            BrokerClientConfiguration(socketPath: configuration.socketPath, identity: identity),
            logger: logger)
        let server = WebServer(
            configuration, client: client, logger: logger, onRunning: onRunning)
        // The client is the last to end: pages are sent away while it still stands.
        return [BrokerLink(client: client, configuration: configuration), server]
    }

    private static func announce(_ configuration: WebConfiguration, _ address: SocketAddress?) {
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        let port = address?.port ?? configuration.port
        ProcessRunner.announce(
            "chatbox-web",
            "The page is at http://\(host):\(port)/ (files of \(configuration.staticFolder), "
                + "broker at \(configuration.socketPath)).")
        let page = configuration.staticFolder + "/index.html"
        if !FileManager.default.isReadableFile(atPath: page) {
            ProcessRunner.announce(
                "chatbox-web",
                "There is no \(page), so the page will be missing: start it from the project's "
                    + "folder, or set CHATBOX_STATIC.")
        }
    }
}
