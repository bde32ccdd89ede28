import GatewayKit
import Logging
import ProcessShell
import Protocol
import ServiceLifecycle
import Synchronization

/// The life of the gateway: enters Discord, claims its box, and then lets posts be made, filled and
/// read until the process ends.
final class DiscordService: Service {
    /// Conversations whose deliveries may be under way at a time.
    private static let credit = 16
    /// How often the session is kept for a later process.
    private static let keepInterval = Duration.milliseconds(500)
    /// How often the process notes that it is there.
    private static let presenceInterval = Duration.milliseconds(EarlierProcesses.noteInterval)
    /// How often a missing permission is looked for again, unless Discord tells of a change.
    private static let permissionInterval = Duration.seconds(30)

    private let settings: DiscordSettings
    private let api: any DiscordAPI
    private let box: any BoxConnection
    /// Says when the process must start anew.
    let epochs: EpochWatch
    private let logger: Logger
    private let advice: Advice
    private let dial: GatewayLink.Dial
    private let operation = Mutex<DiscordOperation?>(nil)

    /// A service that isn't running yet; `dial` is its way to Discord's Gateway.
    init(
        settings: DiscordSettings, api: any DiscordAPI, box: any BoxConnection,
        epochs: EpochWatch, advice: Advice, logger: Logger,
        dial: @escaping GatewayLink.Dial = GatewayLink.dialNetwork
    ) {
        self.dial = dial
        self.settings = settings
        self.api = api
        self.box = box
        self.epochs = epochs
        self.logger = logger
        self.advice = advice
    }

    /// Runs until the process ends.
    func run() async throws {
        defer {
            self.box.setCredit(0)
            self.operation.withLock { $0 }?.deliverer.close()
        }
        do {
            try await cancelWhenGracefulShutdown {
                do { try await self.work() } catch is EpochWatch.Fenced {
                    try await self.stayAway()
                }
            }
        } catch is CancellationError {
            self.logger.debug("cancelled")
        }
    }

    /// Brings an event into Discord; called by the broker's connection. Also answers whether the
    /// post says of the event that it may stand there twice.
    func deliver(
        _ delivery: Delivery
    ) async -> (verdict: DeliveryVerdict, isPossibleDuplicate: Bool) {
        guard let deliverer = self.operation.withLock({ $0?.deliverer }) else {
            let later = DeliveryVerdict.later(
                after: .seconds(1), delivery.external, reason: "Discord isn't ready")
            return (later, false)
        }
        return await deliverer.settle(delivery)
    }

    /// The broker can't be heard.
    func brokerWasLost() {
        self.operation.withLock { $0 }?.deliverer.doubtAll()
    }

    /// The broker can be heard again.
    func brokerCame() {
        guard let operation = self.operation.withLock({ $0 }) else { return }
        operation.deliverer.reconnected()
        operation.marks.brokerCame()
    }

    /// The broker tells of something that is no delivery.
    func heard(_ push: BrokerPush) {
        guard let operation = self.operation.withLock({ $0 }) else { return }
        switch push {
        case .receipt(let receipt): operation.marks.received(receipt)
        case .signal(let push) where push.signal.kind == .typing:
            operation.typing.visitorTypes(in: push.signal.conversation)
        default: break
        }
    }

    private func work() async throws {
        let entry = DiscordEntry(
            api: self.api, channel: self.settings.channel, advice: self.advice, logger: self.logger)
        let place = try await entry.find()
        let epoch = try await self.epochs.first()
        let own = BoxState.Ownership(application: place.application.id, channel: place.forum.id)
        let claim = try await BoxState.claim(
            self.box, for: own, epoch: epoch, now: WallTime.milliseconds)
        let past = EarlierProcesses(
            noted: try await BoxState.presence(self.box), restoredAt: claim.restoredAt)
        let secret = try await BoxState.authorSecret(self.box)
        // A session of the database's later life knows more than the copy: it isn't continued.
        let session = claim.mayHaveForgotten ? nil : try await BoxState.session(self.box)
        let operation = DiscordOperation(
            settings: self.settings, api: self.api, box: self.box, place: place,
            authors: AuthorNames(secret: secret), session: session, past: past,
            forgotten: ForgottenPosts(mayBe: claim.mayHaveForgotten),
            occasion: claim.isFirst ? .unbound : .recovery,
            recovered: { try await BoxState.settle(claim, for: own, epoch: epoch, self.box) },
            advice: self.advice, logger: self.logger)
        try await operation.loadPosts()
        if session != nil { await operation.unbound.find() }
        self.operation.withLock { $0 = operation }
        try await self.operate(operation)
    }

    /// Another process has our place: Discord's Gateway was left to it already. The broker's client
    /// comes back after its wait, and then the process starts anew.
    private func stayAway() async throws {
        self.box.setCredit(0)
        self.operation.withLock { $0 }?.deliverer.close()
        self.advice.give(
            .gateway,
            "Another chatbox-discord has taken over this box, so this one has left Discord and waits. "
                + "Two of them take each other's place again and again: end one.")
        while true {
            do { return try await self.epochs.failWhenChanged() } catch is EpochWatch.Fenced {}
        }
    }

    private func operate(_ operation: DiscordOperation) async throws {
        let (due, catchUps) = AsyncStream<DispatchNumber>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        let link = operation.makeLink(
            dial: self.dial,
            dispatched: { dispatch in
                if let missed = operation.router.route(dispatch) { catchUps.yield(missed) }
            },
            ready: { resumed in
                // A new session's credit is given once its catch-up has begun.
                if resumed { self.box.setCredit(Self.credit) }
            },
            down: { self.box.setCredit(0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await link.run() }
            group.addTask { try await self.readPosts(operation) }
            group.addTask { try await self.catchUp(operation, due) }
            group.addTask {
                try await self.keepSession(link, operation.desk, kept: operation.session)
            }
            group.addTask { try await self.epochs.failWhenChanged() }
            group.addTask { try await self.notePresence() }
            group.addTask {
                try await operation.recovery.run()
                // Its end isn't the process's.
                while true { try await ContinuousClock().sleep(for: .seconds(3_600)) }
            }
            group.addTask { try await operation.unbound.run() }
            group.addTask { try await operation.comparison.run() }
            group.addTask { try await operation.marks.run() }
            group.addTask { try await operation.avatars.run() }
            group.addTask { try await operation.seen.run() }
            group.addTask {
                await operation.typing.run()
                try Task.checkCancellation()
            }
            try await group.next()
        }
    }

    private func readPosts(_ operation: DiscordOperation) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for await post in operation.desk.workers {
                group.addTask { try await operation.reader.run(post) }
            }
        }
    }

    private func catchUp(
        _ operation: DiscordOperation, _ due: AsyncStream<DispatchNumber>
    ) async throws {
        // Also a process that resumes a session says what it may not do.
        await operation.permissions.look()
        for await session in due {
            while await !operation.permissions.mayRead() {
                try await operation.permissions.wait(atMost: Self.permissionInterval)
            }
            self.box.setCredit(Self.credit)
            try await operation.catchUp.run(for: session)
        }
    }

    /// Notes again and again that this process is there: what comes after its end it can't have tried.
    private func notePresence() async throws {
        while true {
            try await BoxState.keep(presence: WallTime.milliseconds, self.box)
            try await ContinuousClock().sleep(for: Self.presenceInterval)
        }
    }

    /// Keeps the session for a later process, as far as its events are durable. What happened since
    /// the last keeping is heard twice then, which changes nothing. It is kept from its begin on, so that
    /// one that dies while it catches up needn't start another. One that Discord refused is forgotten,
    /// so that a later process needn't try it and wait anew.
    private func keepSession(
        _ link: GatewayLink, _ desk: InboundDesk, kept earlier: KeptSession?
    ) async throws {
        var kept = earlier
        while true {
            try await ContinuousClock().sleep(for: Self.keepInterval)
            let present = link.session(at: desk.durable)
            guard present != kept, present != nil || !link.hasSession else { continue }
            try await BoxState.keep(present, self.box)
            kept = present
        }
    }
}
