import BrokerStore
import Logging
import NIOPosix
import ProcessShell
import Protocol

/// Answers what only reads, from read-only connections and on threads of their own.
struct ReadPool: Sendable {
    private let store: Store
    private let boxes: Boxes
    private let threads: NIOThreadPool
    /// What takes long: nobody's page waits for it.
    private let maintenance: NIOThreadPool
    private let logger: Logger
    private let place: Place

    /// Where reads are done.
    enum Place: Sendable {
        /// On threads of their own, beside the core.
        case ownThreads
        /// Where they are asked for, so that nothing happens at the same time as anything else.
        case callersThread
    }

    /// Threads that read at a time: pages are short, and the disk is one.
    private static let threads = 2

    /// Starts the threads.
    init(store: Store, boxes: Boxes, logger: Logger, place: Place = .ownThreads) {
        self.store = store
        self.boxes = boxes
        self.logger = logger
        self.place = place
        self.threads = NIOThreadPool(numberOfThreads: Self.threads)
        self.maintenance = NIOThreadPool(numberOfThreads: 1)
        guard place == .ownThreads else { return }
        self.threads.start()
        self.maintenance.start()
    }

    /// Waits for what is being read, and ends the threads.
    func shutDown() async throws {
        try await self.threads.shutdownGracefully()
        try await self.maintenance.shutdownGracefully()
    }

    /// Reads every page of a database that was too large to be read at the start.
    func checkLargeDatabase() {
        guard !self.store.isChecked else { return }
        self.maintenance.submit { state in
            guard state == .active else { return }
            do {
                try self.store.checkWhole()
                self.logger.info("database checked")
            } catch {
                self.logger.critical("database damaged", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Answers a request if it only reads; otherwise does nothing and says so.
    func answer(
        _ request: GatewayRequest, _ session: Session, _ number: Int64,
        _ port: any ConnectionPort, _ core: Core
    ) -> Bool {
        switch request {
        case .history, .bindings, .receipts, .known, .getPicture:
            self.submit(to: self.threads, number, port) { try self.page(request, session) }
        case .find:
            self.submit(to: self.threads, number, port) { try self.page(request, session) }
        case .getErasure(let get):
            self.submit(to: self.threads, number, port) {
                var erasure = try self.store.read { try $0.erasure(of: get.conversation) }
                erasure.copies = self.store.copies(before: erasure.at)
                return erasure
            }
        case .listDeadLetters:
            self.submit(to: self.maintenance, number, port) { try self.page(request, session) }
        case .backup(let backup):
            self.submit(to: self.maintenance, number, port) { try self.backUp(to: backup.path) }
        case .getStatus:
            self.submit(to: self.maintenance, number, port) {
                let stored = try self.store.read { try $0.status(self.boxes) }
                core.submit(.status(session, number: number, stored))
                return nil
            }
        default: return false
        }
        return true
    }

    private func page(
        _ request: GatewayRequest, _ session: Session
    ) throws -> (any WireMessage)? {
        try self.store.read { try $0.read(request, session) }
    }

    private func backUp(to path: String) throws -> any WireMessage {
        do {
            let bytes = try DatabaseCopy.copy(self.store.writer, to: path)
            self.logger.notice("backup written", metadata: ["path": "\(path)"])
            return BackedUp(bytes: bytes)
        } catch let failure as ProcessFailure {
            throw Refused(.backupFailed, failure.sentence)
        }
    }

    /// Runs a body and answers with what it makes; with nothing if somebody else will.
    private func submit(
        to threads: NIOThreadPool, _ number: Int64, _ port: any ConnectionPort,
        _ body: @escaping @Sendable () throws -> (any WireMessage)?
    ) {
        guard self.place == .ownThreads else { return self.answer(number, port, body) }
        threads.submit { state in
            guard state == .active else { return }
            // Pages of all the requests that a gateway may have asked are more than its connection
            // holds; the thread is for others meanwhile.
            guard port.hasRoom else {
                return port.whenRoom { self.submit(to: threads, number, port, body) }
            }
            self.answer(number, port, body)
        }
    }

    private func answer(
        _ number: Int64, _ port: any ConnectionPort, _ body: () throws -> (any WireMessage)?
    ) {
        guard let answer = self.result(body) else { return }
        port.write([answer.encoded(request: number)], answers: 1)
    }

    private func result(
        _ body: () throws -> (any WireMessage)?
    ) -> (any WireMessage)? {
        do {
            return try body()
        } catch let refused as Refused {
            return refused
        } catch {
            self.logger.error("read failed", metadata: ["error": "\(error)"])
            return Refused(
                .storageFailed, retry: true, "The broker couldn't read this; it may work later.")
        }
    }
}
