import ArgumentParser
import ProcessShell

/// Sees to a running broker, and to its database while it doesn't run.
@main
struct ChatBoxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chatbox",
        abstract:
            "Says how ChatBox is, keeps backups, sees to what couldn't be delivered, and erases.",
        discussion: """
            All but restore ask the running broker over its socket; this process opens no database \
            of a running broker.

            \(Setting.help(Self.settings))

            Exit codes follow sysexits(3): 64 the command line is wrong, 65 a file is damaged or \
            foreign, 66 there is no such thing, 69 the broker can't be reached, 73 a file can't be \
            made, 74 the disk failed, 75 try later, 77 not permitted, 78 a setting is wrong.
            """,
        version: ProcessRunner.version,
        subcommands: [
            StatusCommand.self, HealthCommand.self, BackupCommand.self, RestoreCommand.self,
            DeadLettersCommand.self, EraseCommand.self, ConformanceCommand.self,
        ])

    /// The settings that it reads.
    private static let settings = SettingCatalogue.broker.filter {
        ["CHATBOX_SOCKET", "CHATBOX_DATABASE", "CHATBOX_CONFIG"].contains($0.key)
    }
}

extension Settings {
    /// The broker's socket.
    func brokerSocket() throws(ProcessFailure) -> String {
        try self.socketPath("CHATBOX_SOCKET", default: "var/run/broker.sock")
    }
}
