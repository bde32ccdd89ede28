public import Logging
import NIOPosix
import Protocol
public import ServiceLifecycle
import Synchronization

/// One side of a box in three callbacks: a client came that this service doesn't know, a client
/// accessed, a message was received. Each may be left out, and may wait or block.
///
/// A message counts as handled when its callback returned; one whose callback throws comes again,
/// after 1 s at first and 60 s at last. Messages of one client come one after the other, those of
/// different clients in parallel. A process that dies between an effect and its acknowledgement is
/// given the same message again: what mustn't happen twice is made to depend on the event's id, as
/// ``Message/answer(_:format:as:quoting:)`` does.
///
/// Callbacks are registered before ``run()``.
public final class ServiceWorker<ID: PeerIdentifier>: Service {
    /// The connection, for whatever the worker has no word for.
    public let broker: BrokerClient
    let core: WorkerCore
    let routes = Mutex(MessageRoutes<ID>())
    private let conversations: Int
    let threads: NIOThreadPool
    let callbacks = Mutex(WorkerCallbacks<ID>())
    private let retries = Mutex(CallbackRetries())
    private let recent = Mutex(RecentEvents())
    private let accesses: AsyncStream<Client<ID>>
    private let accessSink: AsyncStream<Client<ID>>.Continuation

    /// A worker for a service of a box; it connects when it runs.
    ///
    /// - Parameter logger: where it says what it does; nowhere unless it is given.
    public init(_ configuration: WorkerConfiguration, logger: Logger? = nil) {
        var connection = configuration.connection
        connection.identity.mode = .consumer
        connection.identity.peerKind = ID.peerKind
        let logger = logger ?? Logger(label: "gateway") { _ in SwiftLogNoOpLogHandler() }
        self.broker = BrokerClient(connection, logger: logger)
        self.core = WorkerCore(self.broker, author: configuration.author, logger: logger)
        self.conversations = configuration.conversations
        self.threads = NIOThreadPool(numberOfThreads: configuration.threads)
        // Accesses are news: when 256 wait, the oldest says least.
        (self.accesses, self.accessSink) = AsyncStream.makeStream(
            of: Client<ID>.self, bufferingPolicy: .bufferingNewest(256))
    }

    /// A worker for a service of a box, with the usual numbers.
    ///
    /// - Parameters:
    ///   - box: the box's name, as in the broker's `CHATBOX_BOXES`.
    ///   - service: the service's name, as there.
    ///   - socketPath: the broker's socket; `nil` for the one that the environment names as
    ///     `CHATBOX_SOCKET`, or else `var/run/broker.sock`.
    ///   - logger: where it says what it does; nowhere unless it is given.
    /// - Throws: ``GatewayError/nameInvalid(_:)``.
    public convenience init(
        box: String = "main", service: String, socketPath: String? = nil,
        logger: Logger? = nil
    ) throws(GatewayError) {
        self.init(
            try WorkerConfiguration(box: box, service: service, socketPath: socketPath),
            logger: logger)
    }

    // MARK: Callbacks

    /// Registers what is called before the first message of a client that this service doesn't
    /// know; it answers what the service calls the client from now on. Without it a client is
    /// called after its conversation. It is called again if it throws, or if the process dies
    /// before the broker knows the answer.
    public func onNewClient(_ callback: @escaping @Sendable (NewClient) async throws -> ID) {
        self.callbacks.withLock { $0.created = .suspending(callback) }
    }

    /// The same for a callback that blocks; it runs on a thread of its own.
    public func onNewClient(_ callback: @escaping @Sendable (NewClient) throws -> ID) {
        self.callbacks.withLock { $0.created = .blocking(callback) }
    }

    /// Registers what is called when a client that this service knows comes to another service.
    /// It is news that isn't kept: what happens while this service is away isn't told later.
    public func onAccess(_ callback: @escaping @Sendable (Client<ID>) async throws -> Void) {
        self.callbacks.withLock { $0.accessed = .suspending(callback) }
    }

    /// The same for a callback that blocks; it runs on a thread of its own.
    public func onAccess(_ callback: @escaping @Sendable (Client<ID>) throws -> Void) {
        self.callbacks.withLock { $0.accessed = .blocking(callback) }
    }

    /// Registers what is called with each message of the other services. It may throw
    /// ``Undeliverable`` or ``NotNow``; any other error lets the message come again.
    public func onMessage(_ callback: @escaping @Sendable (Message<ID>) async throws -> Void) {
        self.registerMessages(.suspending(callback))
    }

    /// The same for a callback that blocks; it runs on a thread of its own.
    public func onMessage(_ callback: @escaping @Sendable (Message<ID>) throws -> Void) {
        self.registerMessages(.blocking(callback))
    }

    /// Registers what is called with everything else that is durable: edits, deletions, a closed
    /// or reopened conversation, or that something was set aside because processes of this service
    /// died of it (`delivery.setAside`). `event.kind` says which, `delivery.targetExternal` names
    /// the message that is meant. Without it such events count as handled.
    public func onChange(_ callback: @escaping @Sendable (Message<ID>) async throws -> Void) {
        self.callbacks.withLock { $0.changed = .suspending(callback) }
    }

    /// The same for a callback that blocks; it runs on a thread of its own.
    public func onChange(_ callback: @escaping @Sendable (Message<ID>) throws -> Void) {
        self.callbacks.withLock { $0.changed = .blocking(callback) }
    }

    /// Registers what hears of connections, signals, receipts and states; it must return quickly.
    public func onEvent(_ callback: @escaping @Sendable (BrokerEvent) -> Void) {
        self.callbacks.withLock { $0.onEvent = callback }
    }

    private func registerMessages(_ callback: Callback<Message<ID>, Void>) {
        self.callbacks.withLock { $0.received = callback }
        self.takeMessages()
    }

    /// Somebody takes messages: without that none is asked for, and all wait in the broker.
    func takeMessages() { self.broker.setCredit(self.conversations) }

    // MARK: Life

    /// Joins the service to its box until the process ends gracefully or the task is cancelled.
    ///
    /// - Throws: ``GatewayError/goodbye(_:)`` if the broker refuses this service for good, with its
    ///   sentence that says what to do.
    public func run() async throws {
        let callbacks = self.callbacks.withLock { $0 }
        let hasThreads = callbacks.areBlocking
        if hasThreads { self.threads.start() }
        self.broker.onEvent { event in self.happened(event, callbacks) }
        self.broker.onDelivery { delivery in await self.handle(delivery, callbacks) }
        let result = await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.core.work() }
            group.addTask { await self.watchAccesses(callbacks) }
            let result: Result<Void, any Error>
            do {
                try await self.broker.run()
                result = .success(())
            } catch {
                result = .failure(error)
            }
            self.end()
            group.cancelAll()
            await group.waitForAll()
            return result
        }
        if hasThreads { try await self.threads.shutdownGracefully() }
        try result.get()
    }

    private func end() {
        self.core.end()
        self.accessSink.finish()
        for queue in self.routes.withLock({ $0.end() }) { queue.finish() }
    }

    private func happened(_ event: BrokerEvent, _ callbacks: WorkerCallbacks<ID>) {
        if case .push(.signal(let push)) = event, case .access = push.signal.kind,
            let id = push.peer.flatMap({ ID(peer: $0) })
        {
            self.accessSink.yield(self.client(id, push.signal.conversation))
        }
        callbacks.onEvent?(event)
    }

    private func watchAccesses(_ callbacks: WorkerCallbacks<ID>) async {
        for await client in self.accesses {
            guard let accessed = callbacks.accessed else { continue }
            do {
                try await accessed.call(client, on: self.threads)
            } catch {
                self.log("the callback for an access failed", client.conversation, error)
            }
        }
    }

    // MARK: Deliveries

    private func handle(
        _ delivery: Delivery, _ callbacks: WorkerCallbacks<ID>
    ) async -> DeliveryOutcome {
        let outcome = await self.tried(delivery, callbacks)
        // Whatever it was, it doesn't come again.
        if !outcome.comesAgain { self.retries.withLock { $0.ended(delivery.conversation) } }
        return outcome
    }

    private func tried(
        _ delivery: Delivery, _ callbacks: WorkerCallbacks<ID>
    ) async -> DeliveryOutcome {
        let (conversation, event) = (delivery.conversation, delivery.event)
        if let external = self.recent.withLock({ $0.external(of: event.id, in: conversation) }) {
            return .handled(external: external)
        }
        // A newer process of this service may have taken over without our hearing of it yet.
        guard self.broker.status.isFresh() else {
            return .later(after: .seconds(1), reason: "The broker hasn't answered lately.")
        }
        do {
            if event.kind == .erasure {
                try await self.erase(delivery, callbacks)
                self.recent.withLock { $0.add(event.id, [], in: conversation) }
                return .handled(external: [])
            }
            let client = try await self.client(of: delivery, callbacks)
            let message = Message(delivery, of: client)
            let outcome = await self.outcome(of: message, callbacks)
            if case .handled(let external, _) = outcome {
                self.recent.withLock { $0.add(event.id, external, in: conversation) }
            }
            return outcome
        } catch {
            return self.failed(error, delivery, recorded: delivery.external)
        }
    }

    private func outcome(
        of message: Message<ID>, _ callbacks: WorkerCallbacks<ID>
    ) async -> DeliveryOutcome {
        do {
            try await self.route(message, callbacks)
            return await message.ticket.outcome()
        } catch {
            // A callback that said what becomes of the message before it failed is believed.
            guard !message.ticket.isDecided else { return await message.ticket.outcome() }
            return self.failed(error, message.delivery, recorded: message.recorded)
                .marked(asPossibleDuplicate: message.ticket.isPossibleDuplicate)
        }
    }

    private func route(_ message: Message<ID>, _ callbacks: WorkerCallbacks<ID>) async throws {
        switch message.event.kind {
        case .message, .requeue:
            // A message that was deleted meanwhile needn't be made.
            guard !message.event.isDeleted else { return message.acknowledge() }
            if let queue = self.routes.withLock({ $0.queue(of: message.client) }) {
                if queue.put(message) { return }
            }
            guard let received = callbacks.received else {
                throw NobodyListens()
            }
            try await received.call(message, on: self.threads)
            message.acknowledge()
        default:
            try await callbacks.changed?.call(message, on: self.threads)
            message.acknowledge()
        }
    }

    private func failed(
        _ error: any Error, _ delivery: Delivery, recorded: [ExternalID]
    ) -> DeliveryOutcome {
        switch error {
        case let error as Undeliverable:
            return .deadLetter(code: error.code, reason: error.reason, external: recorded)
        case let error as NotNow:
            return .later(after: error.wait, external: recorded, reason: error.reason)
        case GatewayError.refused(let refused) where refused.isFinal:
            return refused.outcome(external: recorded)
        case is CancellationError:
            return .later(after: .zero, external: recorded, reason: "The gateway ends.")
        case is NobodyListens:
            let wait = self.retries.withLock { $0.failed(delivery.conversation) }
            return .later(after: wait, external: recorded, reason: "The client isn't there.")
        default:
            let wait = self.retries.withLock { $0.failed(delivery.conversation) }
            self.log("a callback failed; its message comes again", delivery.conversation, error)
            return .later(
                after: wait, external: recorded, reason: "The gateway's callback failed.")
        }
    }

    /// The client of a delivery; one that this service doesn't know is given an id first.
    private func client(
        of delivery: Delivery, _ callbacks: WorkerCallbacks<ID>
    ) async throws -> Client<ID> {
        let conversation = delivery.conversation
        if let peer = delivery.peer {
            guard let id = ID(peer: peer) else { throw GatewayError.peerInvalid(peer.text) }
            return self.client(id, conversation)
        }
        let newcomer = NewClient(
            conversation: conversation, properties: delivery.properties, event: delivery.event)
        let id =
            try await callbacks.created?.call(newcomer, on: self.threads) ?? ID(of: conversation)
        guard let peer = id.peer else { throw GatewayError.peerInvalid("\(id)") }
        _ = try await self.broker.persist(Bind(conversation: conversation, peer: peer))
        return self.client(id, conversation)
    }

    func client(_ id: ID, _ conversation: ConversationID) -> Client<ID> {
        Client(id: id, conversation: conversation, core: self.core)
    }

    private func log(
        _ sentence: Logger.Message, _ conversation: ConversationID, _ error: any Error
    ) {
        // A foreign error's words may hold what was said; ours never do.
        let reason =
            (error as? GatewayError).map { "\($0)" } ?? "\(String(reflecting: type(of: error)))"
        self.core.logger.warning(
            sentence, metadata: ["conversation": "\(conversation)", "error": "\(reason)"])
    }
}

/// A message came for a client that has no queue now, and no callback takes it.
private struct NobodyListens: Error {}
