import ArgumentParser
import AsyncHTTPClient
import GatewayKit
import Logging
import ProcessShell
import Protocol
import ServiceLifecycle

/// `chatbox-discord`: the Discord side of ChatBox.
@main
struct DiscordGatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chatbox-discord",
        abstract:
            "Brings visitors' conversations into posts of a Discord forum, and operators' answers back.",
        discussion: """
            It keeps nothing itself: what must last is with the broker, so it can be killed and \
            started again at any moment.

            \(Setting.help(SettingCatalogue.discord))

            In that forum the bot needs View Channel, Read Message History, Create Posts, Send \
            Messages in Posts, Embed Links and Add Reactions (in a text channel Create Public \
            Threads instead of Create Posts), and in Discord's developer portal, on the page Bot, \
            "Message Content Intent".

            SIGTERM finishes what is under way and ends with 0. Other exit codes follow \
            sysexits(3): 64 the command line is wrong, 69 the broker refuses it, 75 start it \
            again, 77 Discord refuses the token, 78 a setting is wrong, or the box belongs to \
            another bot or channel.
            """,
        version: ProcessRunner.version)

    @OptionGroup var options: ProcessOptions

    func run() async {
        await ProcessRunner.run("chatbox-discord", config: self.options.config) {
            settings, logger in
            try Self.services(settings: try DiscordSettings(settings), logger: logger)
        }
    }

    /// The services in the order in which they start; they end in the opposite one.
    private static func services(
        settings: DiscordSettings, logger: Logger
    ) throws -> [any Service] {
        guard let service = Name("discord") else { return [] }
        let client = HTTPDiscordAPI.makeClient()
        let advice = Advice(logger: logger)
        let api = HTTPDiscordAPI(
            .init(
                baseURL: settings.apiURL, token: settings.token, version: ProcessRunner.version),
            client: client, advice: advice, logger: logger)
        var configuration = BrokerClientConfiguration(
            socketPath: settings.socketPath,
            identity: GatewayIdentity(
                box: settings.box, service: service, mode: .consumer, peerKind: .integer,
                agent: "chatbox-discord/\(ProcessRunner.version)"))
        // What was about to be said may be lost in another life of the database, and its mark is wrong
        // there: everything is read anew.
        configuration.endsWithEpoch = true
        let broker = BrokerClient(configuration, logger: logger)
        let epochs = EpochWatch()
        let discord = DiscordService(
            settings: settings, api: api, box: BrokerConnection(client: broker), epochs: epochs,
            advice: advice, logger: logger)
        discord.listen(to: broker)
        Self.announce(settings)
        return [HTTPClientService(client: client), BrokerLink(client: broker), discord]
    }

    private static func announce(_ settings: DiscordSettings) {
        ProcessRunner.announce(
            "chatbox-discord",
            "Version \(ProcessRunner.version) joins the box \(settings.box) (broker at "
                + "\(settings.socketPath)) with the channel \(settings.channel) of Discord at "
                + "\(settings.apiURL).")
    }
}
