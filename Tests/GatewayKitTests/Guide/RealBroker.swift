import Foundation
import GatewayKit
import Synchronization
import Testing

/// The broker's own process with an empty database, in a folder of its own.
enum RealBroker {
    /// Runs a test with a broker that has the box "main" of "web" and "desk", and removes it.
    static func with(_ body: (_ socketPath: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "guide-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let socket = folder.appending(path: "b").path(percentEncoded: false)
        let process = Process()
        process.executableURL = try self.executable()
        process.environment = [
            "CHATBOX_SOCKET": socket, "CHATBOX_DATABASE": ":memory:",
            "CHATBOX_BOXES": "main=web,desk", "LLVM_PROFILE_FILE": "/dev/null",
        ]
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        try await body(socket)
    }

    /// The executable that was built beside the tests.
    private static func executable() throws -> URL {
        let tests = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let folder =
            ProcessInfo.processInfo.environment["CHATBOX_BIN"].map { URL(filePath: $0) }
            ?? tests.deletingLastPathComponent()
        let executable = folder.appending(path: "chatbox-broker")
        try #require(
            FileManager.default.isExecutableFile(atPath: executable.path(percentEncoded: false)),
            "Build chatbox-broker first: it isn't in \(folder.path(percentEncoded: false)).")
        return executable
    }
}

/// Two services of one box, joined by a real broker for as long as the body takes.
func withTwoServices(
    prepare: (_ web: ServiceWorker<UUID>, _ desk: ServiceWorker<Int64>) throws -> Void = { _, _ in
    },
    _ body: (_ web: ServiceWorker<UUID>, _ desk: ServiceWorker<Int64>) async throws -> Void
) async throws {
    try await RealBroker.with { socketPath in
        let web = try ServiceWorker<UUID>(service: "web", socketPath: socketPath)
        let desk = try ServiceWorker<Int64>(service: "desk", socketPath: socketPath)
        try prepare(web, desk)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await web.run() }
            group.addTask { try await desk.run() }
            try await body(web, desk)
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

/// What a test has seen, for whoever waits for it.
actor Seen {
    private var lines: [String] = []
    private var waiters: [(count: Int, waiter: CheckedContinuation<Void, Never>)] = []

    /// Something was seen.
    func note(_ line: String) {
        self.lines.append(line)
        let count = self.lines.count
        for entry in self.waiters where entry.count <= count { entry.waiter.resume() }
        self.waiters.removeAll { $0.count <= count }
    }

    /// The first so many, once they are there.
    func first(_ count: Int) async -> [String] {
        if self.lines.count < count {
            await withCheckedContinuation { self.waiters.append((count, $0)) }
        }
        return Array(self.lines.prefix(count))
    }
}
