import Foundation
import GRDB
import Logging
import ProcessShell
import Protocol
import ServiceLifecycle
import Testing

@testable import Broker

/// The built executable against a real broker.
@Suite(.timeLimit(.minutes(1))) struct ToolTests {
    /// What a run of the tool came to.
    struct Run: Sendable {
        var code: Int32
        var output: String
        var errors: String
    }

    let folder: String
    var socket: String { self.folder + "/b.sock" }
    var database: String { self.folder + "/chatbox.db" }

    init() throws {
        self.folder = "/tmp/cb-cli-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: self.folder, withIntermediateDirectories: false)
    }

    /// Runs the tool beside this test bundle, in the test's own folder.
    func run(_ arguments: String..., output: FileHandle? = nil) async throws -> Run {
        let process = Process()
        process.executableURL = Bundle.main.bundleURL.appending(path: "chatbox")
        if !FileManager.default.isExecutableFile(atPath: process.executableURL?.path ?? "") {
            process.executableURL = URL(filePath: CommandLine.arguments[0])
                .deletingLastPathComponent().appending(path: "chatbox")
        }
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: self.folder)
        process.environment = [
            "CHATBOX_SOCKET": self.socket, "CHATBOX_DATABASE": self.database,
            "LLVM_PROFILE_FILE": "/dev/null",
        ]
        let (out, err) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output ?? out
        process.standardError = err
        try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        let text = output == nil ? out.fileHandleForReading.readDataToEndOfFile() : Data()
        let errors = err.fileHandleForReading.readDataToEndOfFile()
        for pipe in [out, err] { try pipe.fileHandleForReading.close() }
        return Run(
            code: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self))
    }

    /// Runs a broker beside the body, with one dead letter in its database.
    /// Its conversation may be erased, which the service then refused.
    func withBroker(
        refusedErasure: Bool = false, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let boxes = try #require(Boxes("main=web,discord"))
        try self.fill(
            try Store(path: self.database, boxes: boxes, now: 1_790_000_000_000), boxes,
            refusedErasure: refusedErasure)
        let configuration = try BrokerConfiguration(
            Settings(environment: [
                "CHATBOX_SOCKET": self.socket, "CHATBOX_DATABASE": self.database,
            ]))
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let group = ServiceGroup(
            services: [BrokerServer(configuration, logger: logger)], logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                do {
                    try await self.waitForBroker()
                    try await body()
                    await group.triggerGracefulShutdown()
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
            }
            try await tasks.waitForAll()
        }
    }

    /// Waits until the broker is healthy; the suite's time limit is the deadline.
    private func waitForBroker() async throws {
        while try await self.run("health").code != 0 {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func fill(_ store: Store, _ boxes: Boxes, refusedErasure: Bool) throws {
        let box = try #require(Name("main"))
        func session(_ service: String, _ mode: Mode) throws -> Session {
            let name = try #require(Name(service))
            let row = try store.read { try $0.service(box: box, name: name) }
            return Session(
                connection: ConnectionID(number: 1), box: box, service: try #require(row),
                mode: mode, generation: 0)
        }
        let (web, discord) = (try session("web", .reader), try session("discord", .consumer))
        try store.write(now: 1_790_000_000_000) { transaction in
            let peer = try #require(PeerID("v1"))
            let uid = try transaction.open(Open(peer: peer, create: true), web).1.conversation
            let send = Send(
                conversation: uid, key: try #require(IdempotencyKey("k")),
                author: Author(id: "a", name: "A"), body: "Hello")
            _ = try transaction.send(send, id: EventID(Bits128(high: 1, low: 1)), web)
            let letter = DeadLetter(
                conversation: uid, seq: 1, code: "50035", reason: "Too \u{1B}[2Jlong.")
            _ = try transaction.deadLetter(letter, discord)
            guard refusedErasure else { return }
            _ = try transaction.nextGeneration(of: discord.service)
            let id = EventID(Bits128(high: 1, low: 2))
            _ = try transaction.erase(Erase(conversation: uid), id: id, web, boxes)
            let refusal = DeadLetter(conversation: uid, seq: 2, code: "42", reason: "No.")
            _ = try transaction.deadLetter(refusal, discord)
        }
        try store.close()
    }

    func cleanUp() { try? FileManager.default.removeItem(atPath: self.folder) }

    @Test func `without a broker it says what to do`() async throws {
        defer { self.cleanUp() }
        for arguments in ["status", "backup"] {
            let run =
                arguments == "status"
                ? try await self.run("status") : try await self.run("backup", "b.db")
            #expect(run.code == 69 && run.output.isEmpty)
            #expect(run.errors.contains("Start chatbox-broker"))
        }
        let health = try await self.run("health")
        #expect(health.code == 1 && health.output.hasPrefix("unhealthy: "))
    }

    @Test func `the command line is checked`() async throws {
        defer { self.cleanUp() }
        #expect(try await self.run("statu").code == 64)
        #expect(try await self.run("backup").code == 64)
        #expect(try await self.run("status", "--no-such").code == 64)
        #expect(try await self.run("restore", "nowhere.db", "--yes").code == 66)
    }

    @Test func `a broker is asked, backed up, and its dead letters seen to`() async throws {
        defer { self.cleanUp() }
        try await self.withBroker {
            let status = try await self.run("status")
            #expect(status.code == 0 && status.output.contains("discord"))
            let json = try await self.run("status", "--json")
            #expect(json.output.contains("\"dead_letters\":1"))
            try await self.seeToDeadLetters()
            let backup = try await self.run("backup", "b.db")
            #expect(backup.code == 0)
            #expect(try await self.run("backup", "b.db").code == 73)
            let restore = try await self.run("restore", "b.db", "--yes")
            #expect(restore.code == 75 && restore.errors.contains("Stop that one first"))
        }
        #expect(try await self.run("restore", "b.db").code == 64, "nobody is there to be asked")
        let restore = try await self.run("restore", "b.db", "--yes")
        #expect(restore.code == 0 && restore.output.contains("is kept as"))
    }

    func seeToDeadLetters() async throws {
        let list = try await self.run("dead-letters", "list")
        #expect(list.output.contains("Too [2Jlong.") && !list.output.contains("\u{1B}"))
        let json = try await self.run("dead-letters", "list", "--json")
        #expect(json.output.hasPrefix("{\"number\":1,"))
        #expect(try await self.run("dead-letters", "drop", "9").code == 66)
        #expect(try await self.run("dead-letters", "retry", "1").code == 0)
        let rest = try await self.run("dead-letters", "list")
        #expect(rest.output == "There are no dead letters.\n")
        #expect(try await self.run("dead-letters", "drop", "1").code == 66)
    }

    @Test func `an erasure that a service refused is tried again, and can't be given up`()
        async throws
    {
        defer { self.cleanUp() }
        try await self.withBroker(refusedErasure: true) {
            let list = try await self.run("dead-letters", "list", "--json")
            #expect(list.output.hasPrefix("{\"number\":2,"))
            let drop = try await self.run("dead-letters", "drop", "2")
            #expect(drop.code == 65 && drop.errors.contains("This is an erasure"))
            #expect(try await self.run("status").output.contains("discord (refused: No.)"))
            let retry = try await self.run("dead-letters", "retry", "2")
            #expect(retry.code == 0 && retry.output == "2: the erasure is tried again\n")
            let status = try await self.run("status")
            #expect(status.output.contains("ERASING") && !status.output.contains("refused"))
            #expect(try await self.run("dead-letters", "list").output.contains("no dead letters"))
        }
    }

    @Test func `an output that nobody reads ends quietly`() async throws {
        defer { self.cleanUp() }
        try await self.withBroker {
            let pipe = Pipe()
            try pipe.fileHandleForReading.close()
            let run = try await self.run("status", output: pipe.fileHandleForWriting)
            #expect(run.code == 0 && run.errors.isEmpty)
        }
    }

    @Test func `a conversation is erased by either of its names, after a look and a word`()
        async throws
    {
        defer { self.cleanUp() }
        try await self.withBroker {
            #expect(try await self.run("backup", "b.db").code == 0)
            let asked = try await self.run("erase", "--service", "web", "v1")
            #expect(asked.code == 64 && asked.errors.contains("--yes"))
            #expect(asked.output.contains("web v1") && !asked.output.contains("Hello"))
            let status = try await self.run("status")
            #expect(status.output.contains("1 conversations"))
            let erased = try await self.run("erase", "--service", "web", "v1", "--yes", "--wait")
            #expect(erased.code == 0 && erased.output.contains("Backups made before hold it still"))
            #expect(erased.output.hasSuffix("erased everywhere\n"))
            let uid = String(try #require(erased.output.split(separator: "\n").last).prefix(36))
            // Again it changes nothing, and the uid names it too.
            #expect(try await self.run("erase", uid, "--yes", "--wait").code == 0)
            #expect(try await self.run("status").output.contains("0 conversations"))
            #expect(try await self.run("dead-letters", "list").output.contains("no dead letters"))
        }
        let restore = try await self.run("restore", "b.db", "--yes")
        #expect(restore.code == 0 && restore.output.contains("erased in it again (1)"))
        for name in try FileManager.default.contentsOfDirectory(atPath: self.folder)
        where name.hasPrefix("chatbox.db") {
            let bytes = try Data(contentsOf: URL(filePath: "\(self.folder)/\(name)"))
            #expect(bytes.range(of: Data("Hello".utf8)) == nil, "\(name)")
        }
    }

    @Test func `what can't be erased is said, and nothing else is`() async throws {
        defer { self.cleanUp() }
        try await self.withBroker {
            let nothing = try await self.run("erase", "--yes")
            #expect(nothing.code == 64)
            let odd = try await self.run("erase", "v1", "--yes")
            #expect(odd.code == 64 && odd.errors.contains("--service"))
            #expect(try await self.run("erase", "--service", "a b", "v1", "--yes").code == 64)
            let absent = try await self.run("erase", "--service", "web", "v1", "v2", "--yes")
            #expect(absent.code == 66, "all are looked for before the first is erased")
            #expect(try await self.run("status").output.contains("1 conversations"))
        }
    }
}
