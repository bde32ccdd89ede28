import Logging
import NIOPosix
import Protocol

/// Answers what only reads, from read-only connections and on threads of their own.
struct ReadPool: Sendable {
    private let store: Store
    private let threads: NIOThreadPool
    private let logger: Logger

    /// Threads that read at a time: pages are short, and the disk is one.
    static let threads = 2

    init(store: Store, threads: NIOThreadPool, logger: Logger) {
        self.store = store
        self.threads = threads
        self.logger = logger
    }

    /// Answers a request if it only reads; otherwise does nothing and says so.
    func answer(
        _ request: GatewayRequest, _ session: Session, _ number: Int64,
        _ port: any ConnectionPort
    ) -> Bool {
        switch request {
        case .history(let history):
            self.answer(number, port) { try $0.page(history, session) }
        case .bindings(let bindings):
            self.answer(number, port) { try $0.bindings(bindings, session) }
        default: return false
        }
        return true
    }

    private func answer(
        _ number: Int64, _ port: any ConnectionPort,
        _ read: @escaping @Sendable (StoreTransaction) throws -> any WireMessage
    ) {
        self.threads.submit { state in
            guard state == .active else { return }
            port.write([self.result(read).encoded(request: number)], answers: 1)
        }
    }

    private func result(
        _ read: (StoreTransaction) throws -> any WireMessage
    ) -> any WireMessage {
        do {
            return try self.store.read(read)
        } catch let refused as Refused {
            return refused
        } catch {
            self.logger.error("read failed", metadata: ["error": "\(error)"])
            return Refused(
                .storageFailed, retry: true, "The broker couldn't read this; it may work later.")
        }
    }
}
