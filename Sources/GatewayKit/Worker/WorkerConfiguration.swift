internal import FoundationEssentials
public import Protocol

/// Whom a worker speaks for, and its numbers.
public struct WorkerConfiguration: Sendable {
    /// How it connects. The worker sets mode and kind of peer ids itself.
    public var connection: BrokerClientConfiguration
    /// Who writes what the service sends, unless a send names somebody else.
    public var author: Author
    /// Conversations whose messages are handled at a time, 1–1,024; 16. One that is slow doesn't
    /// hold up the others until so many are. Each holds one message, of at most 64 KiB of text; the
    /// broker gives as many as the connection takes, and the others after them.
    public var conversations = 16

    /// Threads for callbacks that block: one for each conversation that is handled at a time, so
    /// that none waits for another's, but no more than 64, each of which may hold a stack of 8 MiB;
    /// and one for accesses.
    var threads: Int { min(max(self.conversations, 1), 64) + 1 }

    /// The configuration of a service in a box.
    ///
    /// - Parameters:
    ///   - box: its name, as in the broker's `CHATBOX_BOXES`.
    ///   - service: its name, as there.
    ///   - socketPath: the broker's socket; `nil` for the one that the environment names as
    ///     `CHATBOX_SOCKET`, or else `var/run/broker.sock`.
    /// - Throws: ``GatewayError/nameInvalid(_:)``.
    public init(
        box: String = "main", service: String, socketPath: String? = nil
    ) throws(GatewayError) {
        guard let box = Name(box) else { throw .nameInvalid(box) }
        guard let name = Name(service) else { throw .nameInvalid(service) }
        let identity = GatewayIdentity(box: box, service: name, mode: .consumer, agent: service)
        self.connection = BrokerClientConfiguration(
            socketPath: socketPath ?? Self.socketPath(in: ProcessInfo.processInfo.environment),
            identity: identity)
        self.author = Author(id: service, name: service)
    }

    /// The socket that an environment names; an empty name counts as none.
    static func socketPath(in environment: [String: String]) -> String {
        let named = environment["CHATBOX_SOCKET"] ?? ""
        return named.isEmpty ? "var/run/broker.sock" : named
    }
}
