import GRDB
import Logging
import NIOCore
import ProcessShell
import Protocol
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The broker's one thread of decisions: takes what waits, puts it on disk in one transaction, and
/// only then lets anybody know.
///
/// Group commit is the swap of the inbox: whatever came while the disk was busy shares the next
/// COMMIT. Order is the inbox's order.
final class Core: Sendable {
    /// Inputs of one transaction: enough that the disk's wait is shared, few enough that an answer
    /// doesn't wait long for its neighbours.
    private static let batch = 1_024

    let store: Store
    private let boxes: Boxes
    let loop: any EventLoop
    let logger: Logger
    let inbox = Inbox()
    let ports = Mutex<[ConnectionID: any ConnectionPort]>([:])
    private let state: NIOLoopBoundBox<DeliveryState>
    let storage: NIOLoopBoundBox<Storage>
    /// Is told once why the broker can't go on.
    let onFailure: @Sendable (ProcessFailure) -> Void
    private let erasures: ErasureKeeper

    /// A core whose thread is `loop`, which nothing else may use.
    ///
    /// - Parameter onFailure: is told once, on that thread, why the broker can't go on.
    init(
        store: Store, boxes: Boxes, loop: any EventLoop, logger: Logger,
        onFailure: @escaping @Sendable (ProcessFailure) -> Void = { _ in }
    ) throws {
        self.store = store
        self.boxes = boxes
        self.loop = loop
        self.logger = logger
        self.state = NIOLoopBoundBox.makeBoxSendingValue(
            try store.deliveryState(boxes), eventLoop: loop)
        self.storage = NIOLoopBoundBox.makeBoxSendingValue(Storage(), eventLoop: loop)
        self.onFailure = onFailure
        self.erasures = ErasureKeeper(store: store, loop: loop, logger: logger)
    }

    /// A connection says hello.
    func hello(_ hello: Hello, _ connection: ConnectionID, _ port: any ConnectionPort) {
        self.ports.withLock { $0[connection] = port }
        self.submit(.hello(connection, hello))
    }

    /// Adds an input, from any thread.
    func submit(_ input: Input) {
        guard self.inbox.append(input) else { return }
        self.loop.execute { self.drain() }
    }

    /// Answers what waits, ends every connection, and takes nothing more.
    func shutDown() async throws {
        self.inbox.close()
        try await self.loop.submit {
            self.drain()
            self.endEveryConnection(
                Goodbye(.shutdown, "The broker is being stopped.", reconnect: true))
        }.get()
    }

    // MARK: On the core's thread

    private func drain() {
        let (inputs, hasMore) = self.inbox.take(atMost: Self.batch)
        if hasMore { self.loop.execute { self.drain() } }
        guard !inputs.isEmpty, !self.storage.value.isOver else { return }
        var outgoing = Outgoing()
        let moment = Self.moment()
        let outcomes = self.commit(inputs)
        guard !self.storage.value.isOver else { return }
        self.tellOfStorage(&outgoing)
        for outcome in outcomes {
            let kept = self.erasures.kept(self.withHealth(outcome))
            for directive in self.state.value.committed(kept, at: moment) {
                self.perform(directive, &outgoing)
            }
        }
        while let deliveries = outgoing.takeDeliveries() { self.deliver(deliveries, &outgoing) }
        self.flush(outgoing)
        self.awaitRoom(for: outgoing.keptBack)
        self.beginAnew(after: outcomes.compactMap(\.regression))
    }

    /// Puts a batch on disk; what became of each input, or nothing if the broker is about to end.
    func commit(_ inputs: [Input]) -> [Outcome] {
        do {
            var generator = SystemRandomNumberGenerator()
            let outcomes = try self.store.write(now: Self.milliseconds()) { transaction in
                try inputs.map { input in
                    try transaction.apply(input, boxes: self.boxes) {
                        EventID(Bits128.random(using: &generator))
                    }
                }
            }
            // Before anybody hears: what isn't in the file that stands there isn't stored.
            if let fault = self.store.displacement() {
                self.end(because: fault)
                return []
            }
            self.store.note(outcomes)
            return outcomes
        } catch {
            return self.notStored(inputs, error)
        }
    }

    /// Lets gateways know if something can be stored again, or no longer.
    private func tellOfStorage(_ outgoing: inout Outgoing) {
        let directives = self.state.value.storageChanged(self.storage.value.health.trouble)
        for directive in directives { self.perform(directive, &outgoing) }
    }

    /// The same, when nothing else is to be said.
    func tellOfStorage() {
        var outgoing = Outgoing()
        self.tellOfStorage(&outgoing)
        self.flush(outgoing)
    }

    private func perform(_ directive: Directive, _ outgoing: inout Outgoing) {
        switch directive {
        case .welcome(let session, let welcome):
            // A health check comes every few seconds.
            self.logger.log(
                level: session.mode == .admin ? .debug : .info, "gateway connected",
                metadata: [
                    "box": "\(session.box)", "service": "\(session.service.name)",
                    "mode": "\(session.mode.rawValue)", "generation": "\(session.generation)",
                ])
            self.port(session.connection)?.welcome(session, welcome.encoded())
        case .answer(let connection, let number, let answer):
            outgoing.answer(answer.encoded(request: number), to: connection)
        case .push(let connections, let message):
            let frame = message.encoded()
            for connection in connections { outgoing.push(frame, to: connection) }
        case .publish(let connections, let conversation, let event):
            self.publish(event, conversation, connections, &outgoing)
        case .deliver(let session, let conversation):
            outgoing.deliver(conversation, to: session)
        case .later(let input, let milliseconds):
            self.loop.scheduleTask(in: .milliseconds(milliseconds)) { self.submit(input) }
        case .goodbye(let connection, let goodbye):
            let port = self.ports.withLock { $0.removeValue(forKey: connection) }
            port?.end(goodbye)
        }
    }

    /// A reader that doesn't keep up loses the conversations that go on, not its connection.
    private func publish(
        _ event: EventPush, _ conversation: ConversationRow, _ connections: [ConnectionID],
        _ outgoing: inout Outgoing
    ) {
        let frame = event.encoded()
        for connection in connections {
            let waiting = self.port(connection)?.waitingBytes ?? 0
            guard waiting + outgoing.bytes(to: connection) > Limits.laggingBytes else {
                outgoing.push(frame, to: connection)
                continue
            }
            let directives = self.state.value.lagged(
                connection, conversation, before: event.event.seq)
            for directive in directives { self.perform(directive, &outgoing) }
        }
    }

    /// What came of reading a delivery.
    private enum Read {
        case frame([UInt8])
        case nothing
        /// It wasn't read: too much waits to be written to the consumer.
        case noRoom
    }

    /// Reads what a batch delivers, all of it from one snapshot, as far as there is room.
    private func deliver(_ deliveries: [Outgoing.Delivery], _ outgoing: inout Outgoing) {
        do {
            let read = try self.store.readLatest { try self.read(deliveries, outgoing, $0) }
            for (delivery, found) in zip(deliveries, read) {
                switch found {
                case .frame(let frame): outgoing.push(frame, to: delivery.session.connection)
                case .nothing: self.foundNothing(delivery, &outgoing)
                case .noRoom: outgoing.keepBack(delivery)
                }
            }
        } catch {
            // The consumers lose nothing: their cursors stand where they stood.
            self.logger.error("deliveries not read", metadata: ["error": "\(error)"])
            for connection in Set(deliveries.map(\.session.connection)) {
                self.port(connection)?.end(
                    Goodbye(
                        .storageFailed, "The broker couldn't read what to deliver.",
                        reconnect: true))
            }
        }
    }

    /// Reads deliveries, of each consumer no more than there is room for: as many conversations as
    /// its credit allows may each have a long text, which together are more than a connection holds.
    private func read(
        _ deliveries: [Outgoing.Delivery], _ outgoing: Outgoing, _ transaction: StoreTransaction
    ) throws -> [Read] {
        var waiting: [ConnectionID: Int] = [:]
        return try deliveries.map { delivery in
            let connection = delivery.session.connection
            let bytes =
                waiting[connection]
                ?? outgoing.bytes(to: connection) + (self.port(connection)?.waitingBytes ?? 0)
            waiting[connection] = bytes
            guard bytes <= Limits.laggingBytes else { return .noRoom }
            let found = try transaction.nextDelivery(
                delivery.conversation, delivery.session.service)
            guard let frame = found?.encoded() else { return .nothing }
            waiting[connection] = bytes + frame.count
            return .frame(frame)
        }
    }

    /// What there was no room for goes out when the consumer has read some of what went before.
    private func awaitRoom(for keptBack: [Outgoing.KeptBack]) {
        for kept in keptBack {
            let session = kept.session
            guard self.state.value.foundNoRoom(session, for: kept.conversations) else { continue }
            self.port(session.connection)?.whenRoom { self.submit(.room(session)) }
        }
    }

    private func foundNothing(_ delivery: Outgoing.Delivery, _ outgoing: inout Outgoing) {
        let directives = self.state.value.foundNothing(
            delivery.session, conversation: delivery.conversation, at: Self.moment())
        for directive in directives { self.perform(directive, &outgoing) }
    }

    private func flush(_ outgoing: Outgoing) {
        for (connection, frames) in outgoing.frames {
            self.port(connection)?.write(frames.bodies, answers: frames.answers)
        }
    }

    private func port(_ connection: ConnectionID) -> (any ConnectionPort)? {
        self.ports.withLock { $0[connection] }
    }

    /// A connection is gone; from any thread.
    ///
    /// - Parameter wasLost: whether neither side had said goodbye.
    func disconnected(_ connection: ConnectionID, wasLost: Bool) {
        self.ports.withLock { $0[connection] = nil }
        self.submit(.disconnected(connection, wasLost: wasLost))
    }

    private static func moment() -> Moment {
        Moment(time: self.milliseconds(), uptime: self.milliseconds(of: CLOCK_MONOTONIC))
    }

    /// The time in milliseconds since 1970. Orders nothing: seq does.
    static func milliseconds() -> Int64 {
        self.milliseconds(of: CLOCK_REALTIME)
    }

    private static func milliseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
