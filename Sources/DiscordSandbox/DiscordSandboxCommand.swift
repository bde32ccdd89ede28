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

              guild         1000000000000000001   text channel  1000000000000000007
              forum channel 1000000000000000002   role "Team"   1000000000000000005
              bot           1000000000000000003   role "Guests" 1000000000000000008

            Operators have the role Team until a test says otherwise.

            \(Setting.help(SettingCatalogue.sandbox))

            For tests (all of it in Sources/DiscordSandbox/REST/ControlRoute.swift):

              GET  /sandbox/state              what happened, who types, all settings
              POST /sandbox/faults             breaks answers: {"route":"POST /channels/{channel}\
            /messages","status":500,"count":1,"after_effect":true,"delay_ms":0}; DELETE ends that
              POST /sandbox/gateway            {"action":"drop"}, forget, reconnect, invalidate, \
            heartbeat, close, dispatch
              PATCH /sandbox/gateway           buffer, heartbeats, greeting, session starts; GET, \
            DELETE
              PUT  /sandbox/permissions        {"who":"bot","deny":["VIEW_CHANNEL"]}
              PUT  /sandbox/roles/NAME, /sandbox/members/NAME, /sandbox/channels/ID; DELETE
              PUT  /sandbox/application        {"message_content":false,"token":"revoked"}
              PUT  /sandbox/limits             open threads, messages, names, all requests

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
