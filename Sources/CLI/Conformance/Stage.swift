internal import FoundationEssentials
import ProcessShell
import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a gateway is tried: the pretend broker behind a socket, the gateway's process, a clock.
///
/// It decides nothing: checks say what is to happen next and judge by the ``transcript``.
final class Stage {
    /// What is tried, and how.
    let options: ConformanceOptions
    /// The broker.
    var broker: PretendBroker
    /// What the gateway did since the check began.
    private(set) var transcript = Transcript()
    /// The broker's socket.
    let socket: BrokerSocket
    /// What the gateway printed, and its log.
    let outputFile: String
    let logFile: String
    /// A conversation whose deliveries the gateway takes, once one is known.
    var audience: ConversationID?
    private let folder: String
    private var gateway: GatewayProcess?
    private var textNumber = 0

    /// A stage in a folder, which must be there.
    init(_ options: ConformanceOptions, folder: String, socketPath: String) {
        self.options = options
        self.folder = folder
        self.socket = BrokerSocket(path: socketPath)
        self.outputFile = "\(folder)/output.txt"
        self.logFile = "\(folder)/log.txt"
        self.broker = PretendBroker(
            seed: UInt64.random(in: 1...UInt64(Int64.max)), heartbeat: options.heartbeat)
    }

    // MARK: Time

    /// Milliseconds of a clock that only goes forward.
    var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Plays on for so long.
    func play(milliseconds: Int64) {
        let end = self.now + milliseconds
        while self.now < end { self.step(atMost: end - self.now) }
    }

    /// Plays on until a condition holds.
    ///
    /// - Throws: ``Finding`` with the sentence if it doesn't in time.
    func wait(
        _ sentence: @autoclosure () -> String, within milliseconds: Int64? = nil,
        until condition: () -> Bool
    ) throws {
        let patience = milliseconds ?? self.options.patience
        let end = self.now + patience
        while !condition() {
            guard self.now < end else {
                throw Finding("After \(Self.seconds(patience)): \(sentence())")
            }
            self.step(atMost: 20)
        }
    }

    /// A number of seconds, for people.
    static func seconds(_ milliseconds: Int64) -> String {
        milliseconds % 1_000 == 0
            ? "\(milliseconds / 1_000) s" : "\(Double(milliseconds) / 1_000) s"
    }

    private func step(atMost milliseconds: Int64) {
        let pause = Int32(clamping: min(max(milliseconds, 1), 20))
        for happening in self.socket.wait(milliseconds: pause) { self.take(happening) }
        self.say(self.broker.pushes())
        self.say(self.broker.deliveries(at: self.now))
    }

    private func take(_ happening: BrokerSocket.Happening) {
        switch happening {
        case .arrived(let connection):
            self.transcript.arrived(connection, at: self.now)
        case .received(let connection, let envelope):
            self.transcript.received(envelope, on: connection, at: self.now)
            self.say(self.broker.received(envelope, on: connection, at: self.now))
        case .unreadable(let connection, let sentence):
            self.broker.faults.append("A frame can't be read: \(sentence)")
            self.cut(connection)
        case .ended(let connection): self.hasEnded(connection)
        }
    }

    private func hasEnded(_ connection: Int) {
        self.broker.ended(connection)
        self.transcript.ended(connection, at: self.now)
    }

    // MARK: The broker's part

    /// Sends frames.
    func say(_ outgoing: [PretendBroker.Outgoing]) {
        for one in outgoing {
            if self.broker.sessions[one.connection]?.isWelcome == true {
                self.socket.welcomed(one.connection)
            }
            self.socket.write(frames: [one.body], to: one.connection, thenClose: one.isLast)
            if one.isLast { self.hasEnded(one.connection) }
        }
    }

    /// Cuts a connection, or all.
    func cut(_ connection: Int? = nil) {
        for number in connection.map({ [$0] }) ?? self.socket.connections {
            self.socket.cut(number)
            self.hasEnded(number)
        }
    }

    /// The connection that was welcomed last and stands.
    var connection: Int? {
        self.broker.sessions.filter { $0.value.isWelcome }.keys.max()
    }

    /// Waits for a connection that is welcomed, newer than another.
    @discardableResult
    func welcomed(after old: Int = 0, within milliseconds: Int64? = nil) throws -> Int {
        try self.wait(self.absence, within: milliseconds) { (self.connection ?? 0) > old }
        return self.connection ?? 0
    }

    private var absence: String {
        switch self.gateway?.ended {
        case .exit(let code)?: "the gateway didn't come: it has ended with exit code \(code)."
        case .signal(let signal)?: "the gateway didn't come: signal \(signal) has ended it."
        case nil: "the gateway didn't come."
        }
    }

    // MARK: The gateway's process

    /// Begins a check: an empty transcript, a broker that listens and behaves, a new process.
    func begin(starting isStarting: Bool = true) throws {
        self.end()
        self.transcript = Transcript()
        self.broker.conduct = Conduct()
        self.broker.faults = []
        self.socket.isSlow = false
        self.socket.reads = true
        self.socket.turnsAway = false
        try self.socket.listen()
        if isStarting { try self.start() }
    }

    /// Ends the gateway's process, if there is one, and all connections.
    func end() {
        self.gateway?.kill()
        self.gateway = nil
        self.cut()
    }

    /// Starts the gateway.
    func start() throws {
        self.gateway = try GatewayProcess(
            self.options.command, environment: self.environment, output: self.outputFile,
            errors: self.logFile)
    }

    /// Sends the gateway a signal.
    func signal(_ signal: Int32) { self.gateway?.signal(signal) }

    /// How the gateway ended, if it has.
    var ended: GatewayProcess.End? { self.gateway?.ended }

    private var environment: [String: String] {
        ["CHATBOX_SOCKET": self.socket.path, "CHATBOX_BOX": self.options.box]
    }

    // MARK: The far side

    /// A text that stands nowhere else.
    func text() -> String {
        self.textNumber += 1
        let letters = "abcdefghijkmnopqrstuvwxyz"
        let random = (0..<8).compactMap { _ in letters.randomElement() }
        return "probe" + String(random) + "n\(self.textNumber)"
    }

    /// Brings the gateway to send a text. Whether it does is another question.
    func provoke(_ text: String) throws {
        switch self.options.provocation {
        case .none: throw Untried("--provoke says how the gateway is brought to send something.")
        case .command(let command): _ = try self.run(command, text: text)
        case .input(let line):
            self.gateway?.type(line.replacing("{text}", with: text))
        case .delivery:
            guard let audience = self.audience else {
                throw Untried("The gateway acknowledged nothing that could be answered.")
            }
            self.broker.commit(.message, text, in: audience, at: self.now)
        }
    }

    /// How often a text stands on the far side, and where first, in bytes.
    func observe(_ text: String) throws -> (count: Int, place: Int) {
        let seen: String
        switch self.options.observation {
        case .nowhere: throw Untried("--observe says where the effects can be seen.")
        case .command(let command): seen = try self.run(command, text: text)
        case .file(let path): seen = Self.content(of: path)
        case .output: seen = Self.content(of: self.outputFile)
        case .answers: seen = self.broker.said("").map(\.body).joined(separator: "\n")
        }
        let pieces = seen.split(separator: text, omittingEmptySubsequences: false)
        return (pieces.count - 1, pieces.first?.utf8.count ?? 0)
    }

    private static func content(of path: String) -> String {
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Runs a shell command to its end while the broker plays on, and returns what it printed.
    private func run(_ command: String, text: String) throws -> String {
        let output = "\(self.folder)/command.txt"
        _ = unlink(output)
        var variables = self.environment
        variables["TEXT"] = text
        let process = try GatewayProcess(
            ["/bin/sh", "-c", command], environment: variables, output: output,
            errors: self.logFile)
        try self.wait("\"\(command)\" still runs.") { process.ended != nil }
        guard process.ended == .exit(0) else {
            throw Finding("The command \"\(command)\" failed; \(self.logFile) may say why.")
        }
        return Self.content(of: output)
    }
}
