import ArgumentParser
import BrokerStore
import ProcessShell

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The broker: owns the conversations and the database, and speaks with gateways.
@main
struct BrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chatbox-broker",
        abstract: "Keeps every conversation, and passes messages between gateways.",
        discussion: """
            The broker is the one process that opens the database. Gateways (chatbox-web, \
            chatbox-discord, your own) connect to its Unix socket; docs/protocol.md says how.

            \(Setting.help(SettingCatalogue.broker))

            SIGTERM answers what waits and ends with 0. Other exit codes follow sysexits(3): 64 the \
            command line is wrong, 65 the database is damaged or foreign, 73 a file can't be made, \
            74 the disk failed, 75 another broker runs, 78 a setting is wrong.
            """,
        version: ProcessRunner.version)

    @OptionGroup var options: ProcessOptions

    func run() async throws {
        await ProcessRunner.run("chatbox-broker", config: self.options.config) { settings, logger in
            let configuration = try BrokerConfiguration(settings)
            // SQLite writes a large database anew by way of a file of its own, which must not lie
            // where others read, nor on the read-only root of a container.
            if configuration.database != Store.memory {
                setenv("SQLITE_TMPDIR", FilePlace.folder(of: configuration.database), 0)
            }
            return [BrokerServer(configuration, logger: logger)]
        }
    }
}
