public import Logging
import NIOCore
import NIOPosix
public import Protocol
public import ServiceLifecycle
import Synchronization

/// A gateway's connection to its broker, for the life of the process.
///
/// It connects, and connects again with back-off and jitter for as long as it runs; it repeats
/// unanswered requests with their keys and in their order; it hands deliveries to the gateway's
/// callback, each once in the life of the process, and acknowledges after the callback returned.
///
/// Callbacks are registered before ``run()`` and may be left out.
public final class BrokerClient: Service {
    private struct Callbacks {
        var onEvent: (@Sendable (BrokerEvent) -> Void)?
        var onDelivery: (@Sendable (Delivery) async -> DeliveryOutcome)?
        var hasStarted = false
    }

    /// Opens a channel to the broker on a loop; the pipeline of the new channel is made by the
    /// closure.
    typealias Dial =
        @Sendable (
            any EventLoop, @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
        ) async throws -> any Channel

    private let configuration: BrokerClientConfiguration
    private let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<ClientCore>
    private let board: StatusBoard
    private let dial: Dial
    private let callbacks = Mutex(Callbacks())

    /// A client that connects when it runs.
    public convenience init(_ configuration: BrokerClientConfiguration, logger: Logger) {
        let path = configuration.socketPath
        self.init(
            configuration, loop: MultiThreadedEventLoopGroup.singleton.next(), logger: logger
        ) { loop, prepare in
            try await ClientBootstrap(group: loop).channelInitializer(prepare)
                .connect(unixDomainSocketPath: path).get()
        }
    }

    /// A client on a loop, whose way to the broker is `dial`'s.
    init(
        _ configuration: BrokerClientConfiguration, loop: any EventLoop, logger: Logger,
        dial: @escaping Dial
    ) {
        let board = StatusBoard(silence: configuration.silence)
        self.configuration = configuration
        self.dial = dial
        self.eventLoop = loop
        self.board = board
        self.core = NIOLoopBoundBox.makeBoxSendingValue(
            ClientCore(configuration, board, logger, loop), eventLoop: loop)
    }

    /// How the client stands with its broker just now.
    public var status: BrokerStatus { self.board.status }

    /// Registers what hears of connections and pushes. It is called on the receive loop, in the
    /// order of arrival, answers of ``submit(_:onAnswer:)`` among them, and must return quickly.
    public func onEvent(_ callback: @escaping @Sendable (BrokerEvent) -> Void) {
        self.callbacks.withLock { $0.onEvent = callback }
    }

    /// Registers what handles deliveries (consumers). Conversations are handled in parallel, as
    /// many as the credit allows, each conversation in order. A handler that still runs when the
    /// connection is lost goes on; the broker learns its outcome after the reconnect. When a newer
    /// process of the service takes over, handlers that run are cancelled.
    public func onDelivery(_ callback: @escaping @Sendable (Delivery) async -> DeliveryOutcome) {
        self.callbacks.withLock { $0.onDelivery = callback }
    }

    /// Takes deliveries of so many conversations at a time, 0–1,024. It is 0 at first, so that
    /// nothing is delivered before the far side is ready, and is given again after a reconnect.
    public func setCredit(_ conversations: Int) {
        self.onLoop { $0.setCredit(conversations) }
    }

    // MARK: Requests

    /// Asks the broker and waits for the answer, through lost connections if need be: the request
    /// is repeated with the same content and in the same order before anything newer.
    ///
    /// Cancelling the task ends the waiting; a request that was on its way may still take effect.
    public func request<Request: WireRequest>(
        _ request: Request
    ) async throws(GatewayError) -> Request.Answer {
        let ticket = RequestTicket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<Request.Answer, GatewayError>, Never>) in
                self.onLoop { core in
                    core.requests.submit(.untilAnswered, ticket: ticket, Self.frame(request)) {
                        result in
                        continuation.resume(
                            returning: result.flatMap { $0.read(as: Request.Answer.self) })
                    }
                }
            }
        } onCancel: {
            ticket.cancel()
            self.onLoop { $0.requests.abandon(ticket) }
        }
        return try result.get()
    }

    /// Asks without waiting for a connection: fails at once while there is none, and when it is
    /// lost before the answer. The answer is handed over on the receive loop, in order with
    /// events.
    public func submit<Request: WireRequest>(
        _ request: Request,
        onAnswer: @escaping @Sendable (Result<Request.Answer, GatewayError>) -> Void
    ) {
        self.onLoop { core in
            core.requests.submit(.whileConnected, Self.frame(request)) { result in
                onAnswer(result.flatMap { $0.read(as: Request.Answer.self) })
            }
        }
    }

    /// Says something that needn't be kept, and doesn't wait: it is dropped while there is no
    /// connection, or while the broker doesn't take what was written before.
    public func signal(_ signal: Signal) {
        self.onLoop { $0.signal(signal) }
    }

    private static func frame(_ request: some WireRequest) -> (Int64) -> ByteBuffer {
        { FrameEncoder.frame(request.encoded(request: $0)) }
    }

    // MARK: Life

    /// Stays connected until the process ends gracefully or the task is cancelled.
    ///
    /// A graceful end takes nothing new, waits up to ``BrokerClientConfiguration/drain`` for
    /// handlers that run and their acknowledgements, says goodbye and returns.
    ///
    /// - Throws: ``GatewayError/goodbye(_:)`` if the broker refuses this process for good.
    public func run() async throws {
        let callbacks = try self.start()
        let (stream, handlers) = AsyncStream.makeStream(of: HandlerWork.self)
        let isHandling = callbacks.onDelivery != nil
        self.onLoop { core in
            core.started(
                onEvent: callbacks.onEvent ?? { _ in },
                handlers: isHandling ? handlers : nil)
        }
        let result = await self.runChildren(stream, callbacks.onDelivery)
        // Callbacks usually hold this client; a client that ended lets go of them.
        self.callbacks.withLock {
            $0.onEvent = nil
            $0.onDelivery = nil
        }
        try result.get()
    }

    private func start() throws(GatewayError) -> Callbacks {
        let path = self.configuration.socketPath
        guard (1...BrokerClientConfiguration.socketPathBytes).contains(path.utf8.count) else {
            throw .socketPathInvalid(path)
        }
        let callbacks = self.callbacks.withLock { callbacks in
            defer { callbacks.hasStarted = true }
            return callbacks
        }
        guard !callbacks.hasStarted else { throw .stopped }
        return callbacks
    }

    private func runChildren(
        _ stream: AsyncStream<HandlerWork>,
        _ handler: (@Sendable (Delivery) async -> DeliveryOutcome)?
    ) async -> Result<Void, GatewayError> {
        await withTaskGroup(of: GatewayError?.self) { group in
            group.addTask { await self.keepConnected() }
            group.addTask {
                await self.untilShutdown()
                return nil
            }
            if let handler {
                group.addTask {
                    await self.handle(stream, handler)
                    // They end before the others only where the core ended the client, and knows why.
                    let end = try? await self.eventLoop.submit { self.core.value.end }.get()
                    return end ?? nil
                }
            }
            let failure = await group.next() ?? nil
            await self.stop(failure ?? .stopped)
            group.cancelAll()
            await group.waitForAll()
            return failure.map { .failure($0) } ?? .success(())
        }
    }

    /// Connects again and again; ends with an error that no further try would mend, or `nil` when
    /// cancelled.
    private func keepConnected() async -> GatewayError? {
        while true {
            await self.connectOnce()
            let decision = try? await self.eventLoop.submit { self.core.value.nextTry() }.get()
            switch decision {
            case .wait(let duration):
                do { try await Task.sleep(for: duration) } catch { return nil }
            case .stop(let error): return error
            case nil: return .stopped
            }
        }
    }

    private func connectOnce() async {
        let core = self.core
        do {
            let channel = try await self.dial(self.eventLoop) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        BrokerChannelHandler(core: core.value))
                }
            }
            try await channel.closeFuture.get()
        } catch {
            self.onLoop { $0.connectingFailed(error) }
        }
    }

    private func untilShutdown() async {
        // Cancellation leaves no time to drain.
        guard (try? await gracefulShutdown()) != nil else { return }
        try? await self.eventLoop.flatSubmit { self.core.value.drain() }.get()
    }

    private func handle(
        _ stream: AsyncStream<HandlerWork>,
        _ handler: @escaping @Sendable (Delivery) async -> DeliveryOutcome
    ) async {
        var work = stream.makeAsyncIterator()
        while await self.handleUntilFenced(&work, handler) {}
    }

    /// Runs handlers side by side; answers whether more may come, which is so after a fencing.
    private func handleUntilFenced(
        _ work: inout AsyncStream<HandlerWork>.Iterator,
        _ handler: @escaping @Sendable (Delivery) async -> DeliveryOutcome
    ) async -> Bool {
        await withDiscardingTaskGroup(returning: Bool.self) { group in
            while let next = await work.next() {
                guard case .handle(let delivery) = next else {
                    group.cancelAll()
                    return true
                }
                group.addTask {
                    let outcome = await handler(delivery)
                    self.onLoop { $0.finished(delivery, outcome) }
                }
            }
            return false
        }
    }

    private func stop(_ error: GatewayError) async {
        // Only a loop that was shut down refuses this, and then there is nothing to stop.
        try? await self.eventLoop.submit { self.core.value.stop(error) }.get()
    }

    private func onLoop(_ body: @escaping @Sendable (ClientCore) -> Void) {
        let core = self.core
        self.eventLoop.execute { body(core.value) }
    }
}
