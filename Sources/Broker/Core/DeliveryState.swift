import Protocol

/// Who is connected, who reads what, and what goes to whom: everything that needn't survive the
/// process.
///
/// Pure. It is fed what is on disk already, in the order of commits, and answers what to do; it
/// changes from committed results only.
struct DeliveryState {
    /// A gateway that is connected.
    struct Gateway {
        var session: Session
        /// The process.
        var instance: Name
        /// Its name and version.
        var agent: String
        /// Since when, in milliseconds since 1970.
        var since: Int64
    }

    /// When the broker started, in milliseconds since 1970.
    let startedAt: Int64
    var gateways: [ConnectionID: Gateway] = [:]
    /// The newest consumer of each service.
    var consumers: [ServiceRow: ConsumerState] = [:]
    /// When each service went up or down, in milliseconds since 1970, as far as this process saw it.
    var turned: [ServiceRow: Int64] = [:]
    /// The services of each box.
    let boxes: [Name: [ServiceRow]]
    /// The conversations with something that each service has not acknowledged.
    var unacknowledged: [ServiceRow: Set<Int64>]
    /// Why nothing can be stored, as far as gateways were told.
    private(set) var trouble: StorageHealth.Trouble?
    /// The readers of each conversation, in the order in which they subscribed.
    var readers: [Int64: [ConnectionID]] = [:]
    /// The conversations of each reader.
    var subscriptions: [ConnectionID: Set<Int64>] = [:]

    /// A state without anybody.
    ///
    /// - Parameters:
    ///   - boxes: the services of each box.
    ///   - unacknowledged: each service's conversations with something to deliver.
    init(
        startedAt: Int64 = 0, boxes: [Name: [ServiceRow]],
        unacknowledged: [ServiceRow: [Int64]] = [:]
    ) {
        self.startedAt = startedAt
        self.boxes = boxes
        self.unacknowledged = unacknowledged.mapValues(Set.init)
    }

    /// How many connections stand.
    var connectionCount: Int { self.gateways.count }

    /// Takes what became of an input.
    mutating func committed(_ outcome: Outcome, at moment: Moment) -> [Directive] {
        switch outcome {
        case .welcomed(let arrival):
            return self.welcomed(arrival, moment)
        case .turnedAway(let connection, let goodbye):
            return [.goodbye(connection, goodbye)]
        case .answered(let session, let number, let answer, let effects):
            var directives = [Directive.answer(session.connection, number: number, answer)]
            for effect in effects { directives += self.took(effect, of: session, moment) }
            return directives
        case .subscribed(let session, let number, let conversation, let answer, let others):
            return self.subscribed(session, number, conversation, answer, others)
        case .status(let session, let number, let stored, let epoch):
            let answer = self.status(stored, epoch)
            return [.answer(session.connection, number: number, answer)]
        case .happened(let event):
            return self.happened(event, moment)
        case .regressed: return []
        }
    }

    /// The shell found nothing to deliver where there seemed to be something.
    mutating func foundNothing(
        _ session: Session, conversation: Int64, at moment: Moment
    ) -> [Directive] {
        guard self.isCurrent(session) else { return [] }
        self.consumers[session.service]?.finished(conversation, hasMore: false)
        self.unacknowledged[session.service]?.remove(conversation)
        return self.deliveries(to: session.service, moment)
    }

    /// The shell couldn't deliver these: too much waits to be written to the consumer.
    ///
    /// - Returns: whether the shell is to say when there is room again, as an input of its own.
    mutating func foundNoRoom(_ session: Session, for conversations: [Int64]) -> Bool {
        guard self.isCurrent(session) else { return false }
        return self.consumers[session.service]?.foundNoRoom(for: conversations) ?? false
    }

    // MARK: Connections

    private mutating func welcomed(
        _ arrival: Outcome.Arrival, _ moment: Moment
    ) -> [Directive] {
        let session = arrival.session
        var directives: [Directive] = []
        if session.mode == .consumer {
            if let older = self.consumers[session.service] {
                directives += self.end(older.session.connection, wasLost: false, moment)
                directives.append(.goodbye(older.session.connection, Self.fenced(by: session)))
            }
            self.unacknowledged[session.service] = Set(arrival.backlog)
            self.consumers[session.service] = ConsumerState(
                session: session, backlog: arrival.backlog, crashes: arrival.crashes)
        }
        self.gateways[session.connection] = Gateway(
            session: session, instance: arrival.instance, agent: arrival.agent, since: moment.time)
        directives.append(.welcome(session, arrival.welcome))
        if self.trouble != nil, session.mode != .admin {
            directives.append(.push([session.connection], self.storageState))
        }
        return directives + self.holdSuspects(of: session.service)
    }

    /// What can be stored is another matter than it was: tells every gateway. Admins ask for the
    /// status.
    mutating func storageChanged(_ trouble: StorageHealth.Trouble?) -> [Directive] {
        guard trouble != self.trouble else { return [] }
        self.trouble = trouble
        let connections = self.gateways.values.map(\.session).filter { $0.mode != .admin }
            .map(\.connection).sorted { $0.number < $1.number }
        return connections.isEmpty ? [] : [.push(connections, self.storageState)]
    }

    private var storageState: StorageState {
        StorageState(self.trouble.map { Status.Storage(code: $0.code, since: $0.since) })
    }

    private static func fenced(by session: Session) -> Goodbye {
        Goodbye(
            .fenced,
            "A newer consumer of service \"\(session.service.name)\", generation "
                + "\(session.generation), has taken over.", reconnect: true)
    }

    /// Forgets a connection.
    private mutating func end(
        _ connection: ConnectionID, wasLost: Bool, _ moment: Moment
    ) -> [Directive] {
        guard let session = self.gateways.removeValue(forKey: connection)?.session else {
            return []
        }
        for conversation in self.subscriptions.removeValue(forKey: connection) ?? [] {
            self.removeReader(connection, of: conversation)
        }
        guard self.isCurrent(session),
            let consumer = self.consumers.removeValue(forKey: session.service)
        else { return [] }
        var directives: [Directive] = []
        if wasLost {
            let lost = LostConsumer(
                service: session.service, box: session.box,
                hasAcknowledged: consumer.hasAcknowledged,
                alone: consumer.suspect(at: moment.uptime))
            directives.append(.later(.lost(lost), milliseconds: 0))
        }
        return directives + (consumer.isUp ? self.turned(session, moment) : [])
    }

    func isCurrent(_ session: Session) -> Bool {
        self.consumers[session.service]?.session == session
    }

    /// A service can be reached since now, or no longer: tells the readers of its box.
    private mutating func turned(_ session: Session, _ moment: Moment) -> [Directive] {
        self.turned[session.service] = moment.time
        let readers = self.gateways.values.map(\.session).filter {
            $0.mode == .reader && $0.box == session.box && $0.service != session.service
        }
        guard !readers.isEmpty else { return [] }
        let connections = readers.map(\.connection).sorted { $0.number < $1.number }
        return [.push(connections, self.state(of: session.service))]
    }

    /// Whether a service can be reached.
    func state(of service: ServiceRow) -> ServiceState {
        ServiceState(
            service: service.name, isUp: self.consumers[service]?.isUp ?? false,
            since: self.turned[service],
            backlog: Int64(self.unacknowledged[service]?.count ?? 0))
    }

    // MARK: What happens

    private mutating func happened(_ event: Outcome.Event, _ moment: Moment) -> [Directive] {
        switch event {
        case .credited(let session, let credit):
            guard self.isCurrent(session) else { return [] }
            let wasUp = self.consumers[session.service]?.isUp ?? false
            self.consumers[session.service]?.credited(credit)
            let isUp = credit > 0
            let states = wasUp == isUp ? [] : self.turned(session, moment)
            return states + self.deliveries(to: session.service, moment)
        case .signalled(let session, let conversation, let signal, let peers):
            return self.signalled(session, conversation, signal, peers)
        case .disconnected(let connection, let wasLost):
            return self.end(connection, wasLost: wasLost, moment)
        case .recorded(let service, let record, let advance):
            self.consumers[service]?.recorded(record)
            let advanced = advance.map { self.advanced($0, moment) } ?? []
            return advanced + self.holdSuspects(of: service)
        case .due(let session, let conversation):
            // What an earlier consumer wanted later was delivered again to its successor, which may
            // have named another time.
            guard self.isCurrent(session) else { return [] }
            self.consumers[session.service]?.due(conversation)
            return self.deliveries(to: session.service, moment)
        case .stood(let session):
            guard self.isCurrent(session) else { return [] }
            self.consumers[session.service]?.stood()
            return self.deliveries(to: session.service, moment)
        case .room(let session):
            guard self.isCurrent(session) else { return [] }
            self.consumers[session.service]?.foundRoom()
            return self.deliveries(to: session.service, moment)
        case .nothing: return []
        }
    }

    /// Suspects wait until the connection has stood for a while.
    private func holdSuspects(of service: ServiceRow) -> [Directive] {
        guard let consumer = self.consumers[service], !consumer.crashes.suspects.isEmpty else {
            return []
        }
        return [.later(.stood(consumer.session), milliseconds: CrashRecord.standMilliseconds)]
    }

    /// What may be delivered to a service now.
    mutating func deliveries(to service: ServiceRow, _ moment: Moment) -> [Directive] {
        guard let session = self.consumers[service]?.session else { return [] }
        let next = self.consumers[service]?.next(at: moment.uptime) ?? []
        return next.map { .deliver(session, conversation: $0) }
    }
}
