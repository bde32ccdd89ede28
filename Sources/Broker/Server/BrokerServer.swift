import BrokerStore
import Logging
import NIOCore
import NIOPosix
import ProcessShell
import Protocol
import ServiceLifecycle
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Listens on the Unix socket and runs the core, until it is asked to stop.
struct BrokerServer: Service {
    private let configuration: BrokerConfiguration
    private let logger: Logger

    init(_ configuration: BrokerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    func run() async throws {
        // Conversations are nobody else's to read: the files that SQLite makes are ours alone.
        umask(0o077)
        // A write beyond the limit of a file's size is an error to handle, not the end.
        signal(SIGXFSZ, SIG_IGN)
        FreedMemory.keep()
        let locks = try self.takePlaces()
        defer { for lock in locks { lock.release() } }
        let store = try Store(
            path: self.configuration.database, boxes: self.configuration.boxes,
            now: Core.milliseconds(),
            notice: { self.logger.warning("\($0)") })
        let coreGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connectionGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let failures = AsyncStream<ProcessFailure>.makeStream()
        let core = try Core(
            store: store, boxes: self.configuration.boxes, loop: coreGroup.next(),
            logger: self.logger, onFailure: { failures.continuation.yield($0) })
        let reads = ReadPool(
            store: store, boxes: self.configuration.boxes, logger: self.logger)
        let listener = try await self.listen(connectionGroup, core, reads)
        ProcessRunner.announce("chatbox-broker", self.greeting)
        reads.checkLargeDatabase()
        core.watch()
        let failure = await cancelWhenGracefulShutdown {
            await failures.stream.first { _ in true }
        }
        // Nothing new, then everything that waits, then the file.
        try? await listener.close()
        try await core.shutDown()
        try await reads.shutDown()
        try await connectionGroup.shutdownGracefully()
        try await coreGroup.shutdownGracefully()
        unlink(self.configuration.socket)
        if let failure {
            // SQLite would bring its log into a file that isn't the one it knows, and remove it.
            store.abandon()
            throw failure
        }
        try store.close()
        self.logger.info("broker stopped")
    }

    private var greeting: String {
        let boxes = self.configuration.boxes.boxes.map { box in
            "\(box.name) (\(box.services.map(\.text).joined(separator: ", ")))"
        }
        return "ChatBox broker \(ProcessRunner.version) listens on \(self.configuration.socket), "
            + "keeps \(self.configuration.database), and joins "
            + boxes.joined(separator: "; ") + "."
    }

    private func takePlaces() throws -> [FileLock] {
        try SocketFile.makeFolder(of: self.configuration.socket)
        var locks = [try FileLock(beside: self.configuration.socket, of: "socket")]
        if self.configuration.database != Store.memory {
            try SocketFile.makeFolder(of: self.configuration.database)
            locks.append(try FileLock(beside: self.configuration.database, of: "database"))
        }
        try SocketFile.prepare(self.configuration.socket)
        return locks
    }

    private func listen(
        _ group: MultiThreadedEventLoopGroup, _ core: Core, _ reads: ReadPool
    ) async throws -> any Channel {
        let numbers = Mutex<UInt64>(0)
        let strangers = Mutex(StrangerLog())
        let logger = self.logger
        let allowed = self.configuration.allowedUIDs
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: Limits.outgoingBytes / 2, high: Limits.outgoingBytes)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = numbers.withLock { number in
                        number += 1
                        return number
                    }
                    let handler = GatewayConnectionHandler(
                        id: ConnectionID(number: number), core: core, reads: reads,
                        allowed: allowed, logger: logger,
                        isToldOf: { uid in
                            let second = NIODeadline.now().uptimeNanoseconds / 1_000_000_000
                            return strangers.withLock { $0.hears(of: uid, at: Int64(second)) }
                        })
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        // The mode that bind gives the socket: ours and our group's. Process-wide, so nothing else
        // may make files at this moment.
        let mask = umask(0o117)
        defer { umask(mask) }
        do {
            return try await bootstrap.bind(
                unixDomainSocketPath: self.configuration.socket
            ).get()
        } catch {
            throw ProcessFailure(
                .cannotCreate,
                "The socket \(self.configuration.socket) can't be made: \(error). Make its "
                    + "folder writable, or set CHATBOX_SOCKET to another path.")
        }
    }
}
