import ArgumentParser
internal import FoundationEssentials
import ProcessShell

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tries a gateway, in whatever language it was written, against docs/protocol.md.
struct ConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Tries whether a gateway keeps to the protocol, by playing its broker.",
        discussion: """
            COMMAND is started with CHATBOX_SOCKET and CHATBOX_BOX in its environment, for each \
            check anew, and killed again and again. Nothing of it is passed that wasn't tried: what \
            takes --provoke or --observe is reported as "not tried" without them.

            chatbox conformance --answers -- python3 Examples/python/hook.py cat

            Ends with 0 if nothing failed, with 1 otherwise.
            """)

    @Flag(help: "Lists the checks, and what each asks for.") var list = false
    @Flag(help: "One JSON object instead of a table.") var json = false
    @Option(help: ArgumentHelp("Only these checks, with commas between.", valueName: "names"))
    var only: String?
    @Option(help: ArgumentHelp("The box.", valueName: "name")) var box = "main"
    @Option(
        help: ArgumentHelp(
            "Where the socket is made, for a gateway that doesn't read CHATBOX_SOCKET.",
            valueName: "path"))
    var socket: String?
    @Option(
        help: ArgumentHelp(
            "A shell command that makes the far side say $TEXT to the gateway.",
            valueName: "command"))
    var provoke: String?
    @Option(
        help: ArgumentHelp(
            "A line for the gateway's standard input that makes it send {text}.",
            valueName: "line"))
    var provokeInput: String?
    @Flag(help: "The gateway answers each message with one that holds the same text.")
    var answers = false
    @Option(
        help: ArgumentHelp(
            "A shell command that prints what stands on the far side.", valueName: "command"))
    var observe: String?
    @Option(
        help: ArgumentHelp("A file that holds what stands on the far side.", valueName: "path"))
    var observeFile: String?
    @Flag(help: "What the gateway prints is what stands on the far side.") var observeOutput = false
    @Flag(
        help: """
            The far side keeps no ids: what stood there before the gateway was killed may stand \
            there twice.
            """)
    var mayDouble = false
    @Option(help: ArgumentHelp("Seconds that anything may take, 1–600.", valueName: "seconds"))
    var patience = 15
    @Option(
        help: ArgumentHelp(
            "Seconds for which a fenced gateway is watched, 1–60; 60 is the whole proof.",
            valueName: "seconds"))
    var fencedSeconds = 10
    @Argument(help: "The gateway's command and its arguments.") var command: [String] = []

    func validate() throws {
        guard self.list || !self.command.isEmpty else {
            throw ValidationError("Name the gateway's command after --.")
        }
        let provocations = [self.provoke != nil, self.provokeInput != nil, self.answers]
        guard provocations.count(where: { $0 }) <= 1 else {
            throw ValidationError("Name one of --provoke, --provoke-input and --answers.")
        }
        let observations = [
            self.observe != nil, self.observeFile != nil, self.observeOutput, self.answers,
        ]
        guard observations.count(where: { $0 }) <= 1 else {
            throw ValidationError(
                "Name one of --observe, --observe-file, --observe-output and --answers.")
        }
        guard (1...600).contains(self.patience) else {
            throw ValidationError("--patience must be 1–600 seconds.")
        }
        guard (1...60).contains(self.fencedSeconds) else {
            throw ValidationError("--fenced-seconds must be 1–60.")
        }
        _ = try self.checks()
    }

    func run() {
        CommandRunner.run("chatbox", config: nil) { _ in
            if self.list {
                for check in Check.allCases {
                    let pad = String(
                        repeating: " ", count: Check.nameWidth + 2 - check.rawValue.count)
                    try CommandRunner.print(check.rawValue + pad + check.promise)
                }
                return .ok
            }
            return try self.tryAll()
        }
    }

    private func tryAll() throws -> ProcessShell.ExitCode {
        let folder = try Self.makeFolder()
        var report = ConformanceReport()
        defer {
            // What the gateway said is of use to whoever looks for the reason.
            if report.counts.failed == 0 { try? FileManager.default.removeItem(atPath: folder) }
        }
        let stage = Stage(self.options, folder: folder, socketPath: try self.socketPath(in: folder))
        defer { stage.end() }
        var suite = ConformanceSuite(stage)
        try suite.rehearse()
        for check in try self.checks() {
            let verdict = try suite.verdict(of: check)
            report.verdicts.append((check, verdict))
            if !self.json { try CommandRunner.print(ConformanceReport.line(check, verdict)) }
        }
        try CommandRunner.print(self.json ? report.json : report.summary)
        if report.counts.failed > 0, !self.json {
            try CommandRunner.print("What the gateway said stands in \(folder).")
        }
        return report.exitCode
    }

    private func checks() throws -> [Check] {
        guard let only = self.only else { return Check.allCases }
        return try only.split(separator: ",").map { name in
            guard let check = Check(rawValue: String(name)) else {
                throw ValidationError("There is no check \"\(name)\"; --list shows them.")
            }
            return check
        }
    }

    private var options: ConformanceOptions {
        var options = ConformanceOptions(command: self.command)
        options.box = self.box
        if self.answers {
            options.provocation = .delivery
            options.observation = .answers
        }
        if let command = self.provoke { options.provocation = .command(command) }
        if let line = self.provokeInput { options.provocation = .input(line) }
        if let command = self.observe { options.observation = .command(command) }
        if let path = self.observeFile { options.observation = .file(path) }
        if self.observeOutput { options.observation = .output }
        options.mayDouble = self.mayDouble
        options.patience = Int64(self.patience) * 1_000
        options.fencedWatch = Int64(self.fencedSeconds) * 1_000
        return options
    }

    /// Where the socket is made: never in the place of something else, a real broker's say.
    private func socketPath(in folder: String) throws(ProcessFailure) -> String {
        guard let path = self.socket else { return "\(folder)/broker.sock" }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw ProcessFailure(
                .cannotCreate,
                "Something lies at \(path) already. Name a path where nothing is.")
        }
        guard path.utf8.count <= BrokerSocket.pathBytes else {
            throw ProcessFailure(
                .cannotCreate,
                "\(path) has \(path.utf8.count) bytes, and a socket's path \(BrokerSocket.pathBytes)."
            )
        }
        return path
    }

    /// A folder of its own in TMPDIR, or in /tmp where that is too long for a socket.
    private static func makeFolder() throws(ProcessFailure) -> String {
        let named = ProcessInfo.processInfo.environment["TMPDIR"] ?? ""
        let parent = (1...60).contains(named.utf8.count) ? named : "/tmp"
        var name = Array("\(parent)/chatbox-conformance-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else {
            throw ProcessFailure(
                .cannotCreate, "No folder in \(parent): \(String(cString: strerror(errno))).")
        }
        return name.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
