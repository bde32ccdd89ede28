import ArgumentParser
import ProcessShell

/// A local stand-in for Discord.
@main
struct DiscordSandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discord-sandbox",
        abstract: "A local stand-in for Discord, to try ChatBox without a token and to test it.",
        discussion: """
            It speaks Discord's REST API under /api/v10 and its gateway at /gateway, has one \
            guild with one forum channel, and shows an operators' page at /: posts, messages, \
            and a box to answer in. Whoever reaches it may play anybody.

            A bot says "Authorization: Bot TOKEN"; any token is taken unless one is set. A \
            person is played over the same paths with "Authorization: Operator NAME".

              guild 1000000000000000001   forum channel 1000000000000000002
              bot   1000000000000000003   role "Team"   1000000000000000005

            \(Setting.help(SettingCatalogue.sandbox))

            For tests: GET /sandbox/state counts what happened; POST /sandbox/faults \
            {"route":"POST /channels/{channel}/messages", "status":500, "count":1, \
            "after_effect":true, "delay_ms":0} breaks answers ("*" is any route, status 0 cuts \
            the connection, 200 only delays, 429 takes "retry_after" and "global"); DELETE \
            /sandbox/faults ends that; POST /sandbox/gateway {"action":"drop"} cuts the \
            gateway's connections, "forget" their sessions too.

            SIGTERM ends it with 0. Other exit codes follow sysexits(3): 64 the command line is \
            wrong, 65 the journal is damaged, 69 the port is in use, 73 the folder can't be \
            made, 75 another sandbox uses it, 78 a setting is wrong.
            """,
        version: ProcessRunner.version)

    @OptionGroup var options: ProcessOptions

    func run() async throws {
        await ProcessRunner.run("discord-sandbox", config: self.options.config) {
            settings, logger in
            [SandboxService(configuration: try SandboxConfiguration(settings), logger: logger)]
        }
    }
}
