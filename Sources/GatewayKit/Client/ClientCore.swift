import Logging
import NIOCore
import Protocol

/// Carries out what the session and the reconnection decide.
///
/// It lives on one event loop, the receive loop: every frame, request, answer and timer passes
/// through it in one order, and nothing of it is touched elsewhere.
final class ClientCore {
    /// What was asked for and has no answer.
    let requests: RequestBook
    private let desk: DeliveryDesk
    private let writer: FrameWriter
    private let eventLoop: any EventLoop
    private let configuration: BrokerClientConfiguration
    private let logger: Logger
    private let board: StatusBoard

    private var session: GatewaySession?
    private var reconnection: Reconnection
    private var heartbeat: Scheduled<Void>?
    private var welcomedAt: ContinuousClock.Instant?
    private var epoch: Epoch?
    private var isAway = false
    private var onEvent: (BrokerEvent) -> Void = { _ in }
    /// Why the client has ended; `nil` while it goes on.
    private(set) var end: GatewayError?

    init(
        _ configuration: BrokerClientConfiguration, _ board: StatusBoard, _ logger: Logger,
        _ eventLoop: any EventLoop
    ) {
        let writer = FrameWriter(eventLoop: eventLoop)
        let requests = RequestBook(writer: writer)
        self.writer = writer
        self.requests = requests
        self.desk = DeliveryDesk(configuration, eventLoop, logger, writer, requests)
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
        handlers: AsyncStream<HandlerWork>.Continuation?
    ) {
        self.onEvent = onEvent
        self.desk.started(handlers)
    }

    /// Says a signal, unless that would have to wait.
    func signal(_ signal: Signal) {
        guard self.session?.welcome != nil, self.writer.isWritable else { return }
        self.writer.write([FrameEncoder.frame(signal.encoded())])
    }

    // MARK: The connection

    /// A connection stands; the gateway speaks first.
    func opened(_ channel: any Channel) {
        guard self.end == nil else { return channel.close(promise: nil) }
        self.writer.channel = channel
        self.session = GatewaySession(openedAt: .now, silence: self.configuration.silence)
        self.writer.write([FrameEncoder.frame(self.configuration.identity.hello.encoded())])
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
        case .answer(let number, let answer): self.requests.answered(number, answer)
        case .push(.delivery(let delivery)):
            guard !self.desk.delivered(delivery) else { return }
            self.receivedUnreadable("more deliveries than the credit allows")
        case .push(let push):
            if case .storageState(let state) = push { self.board.changed(state) }
            self.onEvent(.push(push))
        case .close:
            // A newer process may act already: what this one has begun ends before the stream does.
            if self.isFenced { self.board.disconnected(isFenced: true) }
            self.writer.close()
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
        guard isSameEpoch || !self.configuration.endsWithEpoch else {
            return self.stop(.epochChanged)
        }
        self.epoch = welcome.epoch
        self.desk.entered(welcome.epoch)
        // What is handled already is acknowledged before anything more is asked for.
        self.requests.connected(isSameEpoch: isSameEpoch)
        self.desk.connected()
        self.scheduleHeartbeat()
        self.onEvent(.connected(welcome))
    }

    /// No connection could be had.
    func connectingFailed(_ error: any Error) {
        self.logger.debug("connecting failed", metadata: ["error": "\(error)"])
    }

    /// The connection is over.
    func closed() {
        self.heartbeat?.cancel()
        self.heartbeat = nil
        self.writer.channel = nil
        _ = self.session?.disconnected()
        let wasWelcomed = self.welcomedAt != nil
        self.board.disconnected(isFenced: self.isFenced)
        self.desk.disconnected(isFenced: self.isFenced)
        self.requests.disconnected()
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

    private var isFenced: Bool {
        guard case .closed(.goodbye(let goodbye))? = self.session?.state else { return false }
        return goodbye.code == .fenced
    }

    // MARK: Deliveries

    /// How many conversations the gateway takes at a time.
    func setCredit(_ conversations: Int) {
        self.desk.setCredit(conversations, isConnected: self.session?.welcome != nil)
    }

    /// A handler returned.
    func finished(_ delivery: Delivery, _ outcome: DeliveryOutcome) {
        self.desk.finished(delivery, outcome)
    }

    // MARK: The end

    /// The process ends: takes nothing new. The future is done when everything handled is
    /// acknowledged, or when the time for it is over.
    func drain() -> EventLoopFuture<Void> {
        self.desk.drain(isConnected: self.session?.welcome != nil)
    }

    /// Ends the client: what still waits fails, and the broker is told goodbye.
    func stop(_ error: GatewayError) {
        guard self.end == nil else { return }
        self.end = error
        let goodbye = Goodbye(.shutdown, "The gateway ends.", reconnect: true)
        let isWelcome = self.session?.welcome != nil
        self.writer.close(after: isWelcome ? FrameEncoder.frame(goodbye.encoded()) : nil)
        self.requests.ended(error)
        self.onEvent = { _ in }
        self.desk.ended()
    }

    // MARK: Time

    /// Sees to the next ping; the broker's welcome may ask for more of them.
    private func scheduleHeartbeat() {
        self.heartbeat?.cancel()
        let asked = self.session?.welcome?.heartbeat ?? self.configuration.heartbeat
        let interval = TimeAmount(min(asked, self.configuration.heartbeat))
        self.heartbeat = self.eventLoop.assumeIsolated().scheduleTask(in: interval) {
            [weak self] in self?.ticked()
        }
    }

    private func ticked() {
        switch self.session?.ticked(at: .now) {
        case .ping?: self.writer.write([FrameEncoder.frame(Ping().encoded())])
        case .close?: self.writer.close()
        case .nothing?, nil: break
        }
        if self.writer.channel != nil { self.scheduleHeartbeat() }
    }
}
