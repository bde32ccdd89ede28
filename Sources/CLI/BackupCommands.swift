import ArgumentParser
import BrokerStore
import ProcessShell
import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Lets the running broker write a copy of its database.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Writes a consistent, checked copy of the database while the broker runs.")

    @Argument(help: "Where the copy is written; nothing may lie there yet.") var file: String
    @OptionGroup var options: ProcessOptions

    /// Seconds that the broker may take: a day's disk writes a terabyte.
    private static let patience: Int32 = 86_400

    func run() {
        CommandRunner.run("chatbox", config: self.options.config) { settings in
            let link = try BrokerLink(to: settings.brokerSocket())
            let path = try AbsolutePath.of(self.file)
            let answer = try link.ask(Backup(path: path), within: Self.patience)
            try CommandRunner.print("\(path): \(answer.bytes) bytes")
            return .ok
        }
    }
}

/// Puts a backup in the place of the database.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts a backup in the place of the database; the broker must be stopped.",
        discussion: """
            The database that CHATBOX_DATABASE names is kept beside the restored one, with the \
            date. What was said after the backup is then only in the kept file. Gateways and \
            pages notice at once that they meet another life of the database.
            """)

    @Argument(help: "The backup.") var file: String
    @Flag(help: "Don't ask.") var yes = false
    @OptionGroup var options: ProcessOptions

    func run() {
        CommandRunner.run("chatbox", config: self.options.config) { settings in
            let database = settings.text("CHATBOX_DATABASE", default: "var/chatbox.db")
            umask(0o077)
            let restoration = try Restoration(of: self.file, over: database)
            defer { restoration.release() }
            guard try self.yes || self.isConfirmed(database) else {
                try CommandRunner.print("Nothing was changed.")
                return .ok
            }
            let loss = RestorationLoss.of(restoring: self.file, over: database)
            let restored = try restoration.run(now: WallClock.now)
            try CommandRunner.print(
                "\(database) is restored from \(self.file)."
                    + (restored.kept.map { " The one before is kept as \($0)." } ?? "")
                    + Self.sentence(loss)
                    + (restored.erased > 0
                        ? " What was erased since is erased in it again (\(restored.erased)); the "
                            + "backup holds it still."
                        : ""))
            return .ok
        }
    }

    /// What is only in the kept file from now on.
    static func sentence(_ loss: RestorationLoss?) -> String {
        guard let loss else { return "" }
        guard loss.events > 0 else { return " Nothing was said since the backup." }
        return " Since the backup \(loss.events) events came in \(loss.shortened + loss.whole) "
            + "conversations, \(loss.whole) of which the backup doesn't know; they are only in the "
            + "kept file."
    }

    private func isConfirmed(_ database: String) throws -> Bool {
        guard isatty(STDIN_FILENO) == 1 else {
            throw ProcessFailure(
                .usage, "Nobody is there to be asked. Add --yes to replace \(database).")
        }
        try CommandRunner.print("\(database) will be replaced by \(self.file). Type yes to go on:")
        return readLine() == "yes"
    }
}

/// A path as another process, with another folder of its own, understands it.
enum AbsolutePath {
    static func of(_ path: String) throws(ProcessFailure) -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else {
            throw ProcessFailure(.missing, "This process's folder is gone. Name an absolute path.")
        }
        defer { free(folder) }
        return "\(String(cString: folder))/\(path)"
    }
}
