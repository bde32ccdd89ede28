import Logging
import NIOCore
import Protocol

/// What the gateway's handlers are told to do.
enum HandlerWork: Sendable {
    /// Handle this event.
    case handle(Delivery)
    /// A newer process took over: whatever runs is cancelled.
    case cancelAll
}

/// Carries out what ``DeliveryLedger`` decides: hands deliveries to the gateway's handlers, and
/// tells the broker what became of each. It lives on the receive loop.
final class DeliveryDesk {
    private let configuration: BrokerClientConfiguration
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let writer: FrameWriter
    private let requests: RequestBook
    private var ledger = DeliveryLedger()
    // Unbounded, and holds no more than the ledger lets run: 1,024.
    private var handlers: AsyncStream<HandlerWork>.Continuation?
    private var credit = 0
    private var drained: EventLoopPromise<Void>?

    init(
        _ configuration: BrokerClientConfiguration, _ eventLoop: any EventLoop, _ logger: Logger,
        _ writer: FrameWriter, _ requests: RequestBook
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        self.writer = writer
        self.requests = requests
    }

    /// The client runs: where deliveries go; `nil` if nobody handles any.
    func started(_ handlers: AsyncStream<HandlerWork>.Continuation?) { self.handlers = handlers }

    // MARK: Credit

    /// How many conversations the gateway takes at a time.
    func setCredit(_ conversations: Int, isConnected: Bool) {
        self.credit = min(max(conversations, 0), DeliveryLedger.heldMax)
        self.ledger.allowed(self.credit)
        if isConnected { self.writeCredit(evenZero: true) }
        self.startReady()
    }

    private func writeCredit(evenZero: Bool = false) {
        guard self.configuration.identity.mode == .consumer, self.handlers != nil else { return }
        let credit = self.drained == nil ? self.credit : 0
        guard credit > 0 || evenZero else { return }
        self.writer.write([FrameEncoder.frame(Credit(conversations: Int64(credit)).encoded())])
    }

    // MARK: The connection

    /// The broker welcomed us, and what was to be told is told.
    func connected() { self.writeCredit() }

    /// The database's life is known, before anything is told again.
    func entered(_ epoch: Epoch) { self.ledger.connected(epoch) }

    /// The connection is lost. If a newer process took over, this one's effects end at once.
    func disconnected(isFenced: Bool) {
        self.ledger.disconnected()
        if isFenced { self.handlers?.yield(.cancelAll) }
    }

    // MARK: Deliveries

    /// An event was delivered.
    ///
    /// - Returns: false if it is more than the credit allows.
    func delivered(_ delivery: Delivery) -> Bool {
        // What arrives while the process ends is delivered again to the next one.
        guard self.drained == nil else { return true }
        switch self.ledger.arrived(delivery) {
        case .handle: self.handlers?.yield(.handle(delivery))
        case .settle(let settlement): self.tell(settlement)
        case .wait: break
        case .excess: return false
        }
        return true
    }

    /// A handler returned.
    func finished(_ delivery: Delivery, _ outcome: DeliveryOutcome) {
        if let settlement = self.ledger.finished(delivery, outcome) { self.tell(settlement) }
        self.startReady()
        self.checkDrained()
    }

    private func tell(_ settlement: Settlement) {
        self.requests.submit(.withinEpoch, settlement.frame) { [weak self] result in
            self?.told(settlement, result.flatMap { settlement.read($0) })
        }
    }

    private func told(_ settlement: Settlement, _ result: Result<Void, GatewayError>) {
        switch result {
        case .failure(.refused(let refused)) where refused.retry:
            let loop = self.eventLoop.assumeIsolated()
            let wait = TimeAmount(self.configuration.backoff.longest)
            loop.scheduleTask(in: wait) { [weak self] in
                guard let self, self.ledger.awaits(settlement) else { return }
                self.tell(settlement)
            }
            return
        case .failure(.epochChanged): return
        // An erasure that was acknowledged before the answer was lost.
        case .failure(.refused(let refused)) where refused.code == .conversationGone:
            self.logger.debug(
                "erased", metadata: ["conversation": "\(settlement.conversation)"])
        case .failure(let error):
            self.logger.error(
                "the broker takes no settlement",
                metadata: [
                    "conversation": "\(settlement.conversation)", "seq": "\(settlement.seq)",
                    "error": "\(error)",
                ])
        case .success: break
        }
        self.ledger.settled(settlement)
        self.startReady()
        self.checkDrained()
    }

    private func startReady() {
        guard self.drained == nil else { return }
        for delivery in self.ledger.takeReady() { self.handlers?.yield(.handle(delivery)) }
    }

    // MARK: The end

    /// The process ends: takes nothing new. The future is done when everything handled is
    /// acknowledged, or when the time for it is over.
    func drain(isConnected: Bool) -> EventLoopFuture<Void> {
        if let drained = self.drained { return drained.futureResult }
        let promise = self.eventLoop.makePromise(of: Void.self)
        self.drained = promise
        if isConnected { self.writeCredit(evenZero: true) }
        self.eventLoop.scheduleTask(in: TimeAmount(self.configuration.drain)) {
            promise.succeed()
        }
        self.checkDrained()
        return promise.futureResult
    }

    private func checkDrained() {
        if self.ledger.isSettled { self.drained?.succeed() }
    }

    /// The client ends: no handler is called any more.
    func ended() {
        self.handlers?.finish()
        self.handlers = nil
    }
}
