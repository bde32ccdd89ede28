import Logging
import NIOCore
import Protocol
import Synchronization

/// Carries out what the session, the pending requests and the ledger decide.
///
/// It lives on one event loop, the receive loop: every frame, request, answer and timer passes
/// through it in one order, and nothing of it is touched elsewhere.
final class ClientCore {
    /// Takes an answer, on the receive loop.
    typealias Completion = (Result<GatewaySession.Answer, GatewayError>) -> Void

    private struct Waiter {
        var ticket: RequestTicket?
        var complete: Completion
    }

    let eventLoop: any EventLoop
    let configuration: BrokerClientConfiguration
    let logger: Logger
    private let board: StatusBoard

    private var session: GatewaySession?
    private var reconnection: Reconnection
    private var pending = PendingRequests()
    private var ledger = DeliveryLedger()
    private var channel: (any Channel)?
    private var heartbeat: Scheduled<Void>?
    private var isFlushScheduled = false
    private var welcomedAt: ContinuousClock.Instant?
    private var epoch: Epoch?
    private var isAway = false

    private var waiters: [Int64: Waiter] = [:]
    private var numbers: [ObjectIdentifier: Int64] = [:]
    private var onEvent: (BrokerEvent) -> Void = { _ in }
    private var deliveries: AsyncStream<Delivery>.Continuation?
    private var credit = 0
    private var drained: EventLoopPromise<Void>?
    private var end: GatewayError?

    init(
        _ configuration: BrokerClientConfiguration, _ board: StatusBoard, _ logger: Logger,
        _ eventLoop: any EventLoop
    ) {
        self.configuration = configuration
        self.board = board
        self.logger = logger
        self.eventLoop = eventLoop
        self.reconnection = Reconnection(
            backoff: configuration.backoff, fencedBackoff: configuration.fencedBackoff)
    }

    /// The client runs: where events and deliveries go.
    func started(
        onEvent: @escaping (BrokerEvent) -> Void,
        deliveries: AsyncStream<Delivery>.Continuation?
    ) {
        self.onEvent = onEvent
        self.deliveries = deliveries
    }

    // MARK: Requests

    /// Makes a request; `complete` is called once, on the receive loop.
    func submit(
        _ patience: PendingRequests.Patience, ticket: RequestTicket? = nil,
        _ frame: (Int64) -> ByteBuffer, _ complete: @escaping Completion
    ) {
        if let end = self.end { return complete(.failure(end)) }
        if let ticket, ticket.isCancelled { return complete(.failure(.cancelled)) }
        switch self.pending.submitted(patience, frame) {
        case .rejected(let error): complete(.failure(error))
        case .accepted(let number, let frames):
            self.waiters[number] = Waiter(ticket: ticket, complete: complete)
            if let ticket { self.numbers[ObjectIdentifier(ticket)] = number }
            self.write(frames)
        }
    }

    /// Says a signal, unless that would have to wait.
    func signal(_ signal: Signal) {
        guard self.session?.welcome != nil, self.channel?.isWritable == true else { return }
        self.write([FrameEncoder.frame(signal.encoded())])
    }

    /// The task that waited for a request was cancelled.
    func abandon(_ ticket: RequestTicket) {
        guard let number = self.numbers[ObjectIdentifier(ticket)] else { return }
        self.pending.abandoned(number)
        self.complete(number, .failure(.cancelled))
    }

    private func complete(_ number: Int64, _ result: Result<GatewaySession.Answer, GatewayError>) {
        guard let waiter = self.waiters.removeValue(forKey: number) else { return }
        if let ticket = waiter.ticket { self.numbers[ObjectIdentifier(ticket)] = nil }
        waiter.complete(result)
    }

    // MARK: The connection

    /// A connection stands; the gateway speaks first.
    func opened(_ channel: any Channel) {
        guard self.end == nil else { return channel.close(promise: nil) }
        self.channel = channel
        self.session = GatewaySession(openedAt: .now, silence: self.configuration.silence)
        self.write([FrameEncoder.frame(self.configuration.identity.hello.encoded())])
        self.scheduleHeartbeat()
    }

    /// A frame came.
    func received(_ envelope: Envelope) {
        guard let action = self.session?.received(envelope, at: .now) else { return }
        self.board.answered(at: self.session?.answeredAt)
        self.perform(action)
    }

    /// The stream can't be read on.
    func receivedUnreadable(_ reason: String) {
        guard let action = self.session?.receivedUnreadable(reason) else { return }
        self.perform(action)
    }

    private func perform(_ action: GatewaySession.Action) {
        switch action {
        case .welcome(let welcome): self.welcomed(welcome)
        case .answer(let number, let answer): self.answered(number, answer)
        case .push(.delivery(let delivery)): self.delivered(delivery)
        case .push(let push): self.onEvent(.push(push))
        case .close: self.channel?.close(promise: nil)
        case .ignore: break
        }
    }

    private func welcomed(_ welcome: Welcome) {
        self.logger.info(
            "connected to the broker",
            metadata: ["agent": "\(welcome.agent)", "generation": "\(welcome.generation)"])
        self.welcomedAt = .now
        self.isAway = false
        self.board.connected(welcome)
        let isSameEpoch = self.epoch == nil || self.epoch == welcome.epoch
        self.epoch = welcome.epoch
        self.ledger.connected(welcome.epoch)
        let (frames, dropped) = self.pending.connected(isSameEpoch: isSameEpoch)
        for number in dropped { self.complete(number, .failure(.epochChanged)) }
        // What is handled already is acknowledged before anything more is asked for.
        self.write(frames)
        self.writeCredit()
        self.onEvent(.connected(welcome))
    }

    private func answered(_ number: Int64, _ answer: GatewaySession.Answer) {
        let (isAwaited, frames) = self.pending.answered(number)
        self.write(frames)
        if isAwaited { self.complete(number, .success(answer)) }
    }

    /// No connection could be had.
    func connectingFailed(_ error: any Error) {
        self.logger.debug("connecting failed", metadata: ["error": "\(error)"])
    }

    /// The connection is over.
    func closed() {
        self.heartbeat?.cancel()
        self.heartbeat = nil
        self.channel = nil
        let ending = self.session?.disconnected()
        let wasWelcomed = self.welcomedAt != nil
        self.board.disconnected(isFenced: Self.isFencing(ending))
        self.ledger.disconnected()
        for number in self.pending.disconnected() {
            self.complete(number, .failure(.disconnected))
        }
        if wasWelcomed { self.onEvent(.disconnected) }
    }

    /// After a connection, or a try: whether to connect again.
    func nextTry() -> Reconnection.Decision {
        if let end = self.end { return .stop(end) }
        let ending = self.session?.disconnected() ?? .lost
        let stood = self.welcomedAt.map { ContinuousClock.now - $0 }
        self.session = nil
        self.welcomedAt = nil
        var generator = SystemRandomNumberGenerator()
        let decision = self.reconnection.ended(ending, stood: stood, using: &generator)
        self.log(ending, decision)
        return decision
    }

    private func log(_ ending: GatewaySession.Ending, _ decision: Reconnection.Decision) {
        // A broker that stays away is said once, at a level that is read.
        let level: Logger.Level = self.isAway ? .debug : .warning
        self.isAway = true
        var metadata: Logger.Metadata = ["socket": "\(self.configuration.socketPath)"]
        switch ending {
        case .lost: metadata["reason"] = "no connection"
        case .silent: metadata["reason"] = "silent"
        case .goodbye(let goodbye):
            metadata["reason"] = "\(goodbye.code)"
            metadata["message"] = "\(goodbye.message)"
        case .broken(let reason): metadata["reason"] = "\(reason)"
        }
        if case .wait(let wait) = decision { metadata["retry_in"] = "\(wait)" }
        self.logger.log(level: level, "the broker is away", metadata: metadata)
    }

    private static func isFencing(_ ending: GatewaySession.Ending?) -> Bool {
        if case .goodbye(let goodbye)? = ending { goodbye.code == .fenced } else { false }
    }

    // MARK: Deliveries

    /// How many conversations the gateway takes at a time.
    func setCredit(_ conversations: Int) {
        self.credit = min(max(conversations, 0), DeliveryLedger.heldMax)
        self.ledger.allowed(self.credit)
        if self.session?.welcome != nil { self.writeCredit(evenZero: true) }
        self.startReady()
    }

    private func writeCredit(evenZero: Bool = false) {
        guard self.configuration.identity.mode == .consumer, self.deliveries != nil else { return }
        let credit = self.drained == nil ? self.credit : 0
        guard credit > 0 || evenZero else { return }
        self.write([FrameEncoder.frame(Credit(conversations: Int64(credit)).encoded())])
    }

    private func delivered(_ delivery: Delivery) {
        // What arrives while the process ends is delivered again to the next one.
        guard self.drained == nil else { return }
        switch self.ledger.arrived(delivery) {
        case .handle: self.deliveries?.yield(delivery)
        case .settle(let settlement): self.tell(settlement)
        case .wait: break
        case .excess: self.receivedUnreadable("more deliveries than the credit allows")
        }
    }

    /// A handler returned.
    func finished(_ delivery: Delivery, _ outcome: DeliveryOutcome) {
        if let settlement = self.ledger.finished(delivery, outcome) { self.tell(settlement) }
        self.startReady()
        self.checkDrained()
    }

    private func tell(_ settlement: Settlement) {
        self.submit(.withinEpoch, settlement.frame) { [weak self] result in
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
        for delivery in self.ledger.takeReady() { self.deliveries?.yield(delivery) }
    }

    // MARK: The end

    /// The process ends: takes nothing new. The future is done when everything handled is
    /// acknowledged, or when the time for it is over.
    func drain() -> EventLoopFuture<Void> {
        if let drained = self.drained { return drained.futureResult }
        let promise = self.eventLoop.makePromise(of: Void.self)
        self.drained = promise
        if self.session?.welcome != nil { self.writeCredit(evenZero: true) }
        self.eventLoop.scheduleTask(in: TimeAmount(self.configuration.drain)) {
            promise.succeed()
        }
        self.checkDrained()
        return promise.futureResult
    }

    private func checkDrained() {
        if self.ledger.isSettled { self.drained?.succeed() }
    }

    /// Ends the client: what still waits fails, and the broker is told goodbye.
    func stop(_ error: GatewayError) {
        guard self.end == nil else { return }
        self.end = error
        if self.session?.welcome != nil, let channel = self.channel {
            let goodbye = Goodbye(.shutdown, "The gateway ends.", reconnect: true)
            channel.writeAndFlush(FrameEncoder.frame(goodbye.encoded()), promise: nil)
        }
        self.channel?.close(promise: nil)
        for number in self.waiters.keys.sorted() { self.complete(number, .failure(error)) }
        self.onEvent = { _ in }
        self.deliveries?.finish()
        self.deliveries = nil
    }

    // MARK: Writing and time

    private func write(_ frames: [ByteBuffer]) {
        guard let channel = self.channel, !frames.isEmpty else { return }
        for frame in frames { channel.write(frame, promise: nil) }
        // What is written in one turn of the loop leaves with one system call.
        guard !self.isFlushScheduled else { return }
        self.isFlushScheduled = true
        self.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.channel?.flush()
        }
    }

    private func scheduleHeartbeat() {
        let interval = TimeAmount(self.configuration.heartbeat)
        self.heartbeat = self.eventLoop.assumeIsolated().scheduleTask(in: interval) {
            [weak self] in self?.ticked()
        }
    }

    private func ticked() {
        switch self.session?.ticked(at: .now) {
        case .ping?: self.write([FrameEncoder.frame(Ping().encoded())])
        case .close?: self.channel?.close(promise: nil)
        case .nothing?, nil: break
        }
        if self.channel != nil { self.scheduleHeartbeat() }
    }
}
