import Logging
import NIOCore
import StrictJSON
import Synchronization
import WebSockets

/// Keeps a session on Discord's Gateway: connects, feeds ``GatewaySession`` and does what it says.
final class GatewayLink: Sendable {
    /// Whom the link tells what happens. None of these may take long.
    struct Listener: Sendable {
        /// Something happened, in order.
        var dispatched: @Sendable (GatewayDispatch) -> Void
        /// The session stands.
        var ready: @Sendable (_ resumed: Bool) -> Void
        /// The connection is gone.
        var down: @Sendable () -> Void
    }

    /// The waits of a link, which tests shorten.
    struct Pace: Sendable {
        /// Until a connection must have become a session.
        var ready = Duration.seconds(30)
        /// The shortest wait, and a sixtieth of the longest one, for Discord to allow new sessions.
        var sessions = Duration.seconds(60)
        /// Until somebody may have mended a token or an intent.
        var stop = Duration.seconds(600)
        /// How often Discord is asked, meanwhile, whether an intent was switched on: asking costs no
        /// session.
        var intent = Duration.seconds(30)
        /// A part (0–1) of each wait that is left to chance.
        var jitter: @Sendable () -> Double = { .random(in: 0...1) }
    }

    /// Opens a WebSocket at an address, runs the body with it, and drops it when the body ends.
    typealias Dial =
        @Sendable (
            _ url: String, _ body: (WebSocketInbound, WebSocketWriter) async throws -> UInt16?
        ) async throws -> UInt16?

    /// Bytes of one message: a large server's READY comes to megabytes. What is longer ends the
    /// connection.
    private static let messageBytesMax = 16 * 1_024 * 1_024
    /// Sessions that are left alone, of the 1,000 a day that Discord allows before it resets the
    /// token.
    private static let sessionReserve: Int64 = 20

    private let api: any DiscordAPI
    private let token: String
    private let listener: Listener
    private let budget: any IdentifyCounting
    private let pace: Pace
    private let advice: Advice
    private let logger: Logger
    private let session: Mutex<GatewaySession>
    private let dial: Dial

    /// Over TCP, and TLS where the address says so.
    static let dialNetwork: Dial = { url, body in
        let limits = WebSocketLimits(messageBytesMax: GatewayLink.messageBytesMax)
        return try await WebSocketClient(limits: limits).withWebSocket(url: url, body)
    }

    /// A link that continues an earlier session, if there is one.
    init(
        api: any DiscordAPI, token: String, resumption: GatewayResumption?, listener: Listener,
        budget: any IdentifyCounting, pace: Pace = Pace(), advice: Advice, logger: Logger,
        dial: @escaping Dial = GatewayLink.dialNetwork
    ) {
        self.dial = dial
        self.api = api
        self.token = token
        self.listener = listener
        self.budget = budget
        self.pace = pace
        self.advice = advice
        self.logger = logger
        self.session = Mutex(GatewaySession(resumption: resumption))
    }

    /// What to keep of the present session, of which so much is durable; `nil` if that is of another
    /// one.
    func session(at progress: DurableProgress) -> KeptSession? {
        self.session.withLock { session in
            let number = progress.number
            guard session.generation == number.generation, number.sequence > 0,
                var resumption = session.current
            else { return nil }
            resumption.sequence = number.sequence
            return KeptSession(resumption: resumption, isCaughtUp: progress.isCaughtUp)
        }
    }

    /// Whether there is a session that can be continued, as far as is known.
    var hasSession: Bool { self.session.withLock { $0.current != nil } }

    /// Connects again and again until cancelled. The socket is dropped then, not closed, so that
    /// the session can be resumed.
    func run() async throws {
        while true {
            let code = try await self.connect()
            self.listener.down()
            try Task.checkCancellation()
            let (closure, wait) = self.session.withLock {
                $0.closed(code: code, jitter: self.pace.jitter())
            }
            self.logger.info(
                "gateway connection ended",
                metadata: ["code": "\(code.map(String.init) ?? "none")", "next": "\(closure)"])
            switch closure {
            case .resume, .identify: try await ContinuousClock().sleep(for: wait)
            case .stop(let sentence):
                self.advice.give(.gateway, sentence)
                try await self.waitForMending(isOfIntent: code == 4014)
            }
        }
    }

    /// Waits until somebody may have mended what a sentence says.
    private func waitForMending(isOfIntent: Bool) async throws {
        guard isOfIntent else { return try await ContinuousClock().sleep(for: self.pace.stop) }
        let end = ContinuousClock.now + self.pace.stop
        while ContinuousClock.now < end {
            try await ContinuousClock().sleep(for: min(self.pace.intent, self.pace.stop))
            if case .ok(let application) = await self.api.application(),
                application.mayReadContent == true
            {
                return
            }
        }
    }

    /// One connection, from its address to its close code.
    private func connect() async throws -> UInt16? {
        guard let url = try await self.address() else { return nil }
        do {
            return try await self.dial(url) { inbound, writer in
                self.session.withLock { $0.opened() }
                return try await self.converse(inbound, writer)
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            self.logger.info("gateway connection failed", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func address() async throws -> String? {
        let approach = self.session.withLock { $0.approach }
        if case .resume(let url) = approach { return Self.complete(url) }
        guard case .ok(let address) = await self.api.gatewayAddress() else { return nil }
        guard approach == .identify else { return Self.complete(address.url) }
        guard address.sessionsLeft > Self.sessionReserve else {
            self.advice.give(
                .gateway, "Discord allows no more new sessions today; waiting until it does.")
            // Then Discord is asked again; an absurd number must not stop us for ever.
            try await ContinuousClock().sleep(
                for: min(max(address.resetAfter, self.pace.sessions), self.pace.sessions * 60))
            return nil
        }
        // A crash loop must not use up the sessions of a day.
        try await self.budget.permission()
        return Self.complete(address.url)
    }

    /// The address with the version and encoding that we speak; without them Discord takes others.
    static func complete(_ url: String) -> String {
        let rest = url.drop { $0 != ":" }.dropFirst(3)
        let hasPath = rest.contains("/")
        let joint = url.contains("?") ? "&" : (hasPath ? "?" : "/?")
        return url + joint + "v=10&encoding=json"
    }

    private func converse(
        _ inbound: WebSocketInbound, _ writer: WebSocketWriter
    ) async throws -> UInt16? {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await ContinuousClock().sleep(for: self.pace.ready)
                if self.session.withLock({ $0.timedOut() }) { writer.drop() }
            }
            for try await event in inbound {
                switch event {
                case .closed(let code, _): return code
                case .binary: continue
                case .text(let buffer):
                    guard let payload = self.payload(buffer) else { continue }
                    let jitter = self.pace.jitter()
                    let actions = self.session.withLock {
                        $0.received(payload, jitter: jitter)
                    }
                    for action in actions { try await self.perform(action, writer, &group) }
                }
            }
            return nil
        }
    }

    private func payload(_ buffer: ByteBuffer) -> GatewayPayload? {
        do {
            let value = try buffer.withUnsafeReadableBytes { bytes in
                try JSONParser.parse(bytes, limits: .service)
            }
            return GatewayPayload(value)
        } catch {
            self.logger.error("gateway message unreadable", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func perform(
        _ action: GatewaySession.Action, _ writer: WebSocketWriter,
        _ group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws {
        switch action {
        case .send(let command): try await self.send(command, writer)
        case .dispatch(let dispatch): self.listener.dispatched(dispatch)
        case .drop: writer.drop()
        case .ready(let resumed):
            self.advice.mended(.gateway)
            self.logger.notice("gateway ready", metadata: ["resumed": "\(resumed)"])
            self.listener.ready(resumed)
        case .beat(let first, let interval):
            group.addTask { try await self.beat(first: first, interval: interval, writer) }
        }
    }

    private func beat(first: Duration, interval: Duration, _ writer: WebSocketWriter) async throws {
        try await ContinuousClock().sleep(for: first)
        while true {
            switch self.session.withLock({ $0.heartbeatDue() }) {
            case .send(let command): try await self.send(command, writer)
            default: writer.drop()
            }
            try await ContinuousClock().sleep(for: interval)
        }
    }

    private func send(_ command: GatewayCommand, _ writer: WebSocketWriter) async throws {
        // Counted before it is used: a process that dies of what follows has counted it.
        if case .identify = command { try await self.budget.began() }
        try await writer.send(text: command.encoded(token: self.token))
    }
}
