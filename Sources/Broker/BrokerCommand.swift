import ArgumentParser
import ProcessShell

/// The broker: owns the conversations and the database, and speaks with gateways.
@main
struct BrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chatbox-broker",
        abstract: "Keeps every conversation, and passes messages between gateways.",
        discussion: """
            The broker is the one process that opens the database. Gateways (chatbox-web, \
            chatbox-discord, your own) connect to its Unix socket; docs/protocol.md says how.

            Settings come from the environment:

              CHATBOX_SOCKET     where the socket is made (var/run/broker.sock, at most 107 bytes)
              CHATBOX_DATABASE   the SQLite file (var/chatbox.db), or :memory: to keep nothing
              CHATBOX_BOXES      boxes and their services (main=web,discord)
              CHATBOX_ALLOWED_UIDS  numbers of the users who may connect (the broker's own)
              CHATBOX_LOG_LEVEL  trace, debug, info, notice, warning, error or critical (info)

            SIGTERM answers what waits and ends with 0. Other codes follow sysexits(3): 65 the \
            database is damaged or foreign, 73 a file can't be made, 75 another broker runs, \
            78 a setting is wrong.
            """,
        version: ProcessRunner.version)

    func run() async throws {
        await ProcessRunner.run("chatbox-broker") { settings, logger in
            [BrokerServer(try BrokerConfiguration(settings), logger: logger)]
        }
    }
}
