import NIOCore
import Protocol
import Testing

@testable import GatewayKit

// Every event in every state, so that no pair is left to chance.

@Suite struct PendingRequestsTable {
    enum State: CaseIterable, Sendable { case absent, waiting, onItsWay, abandonedOnItsWay }
    enum Happening: CaseIterable, Sendable {
        case answered, abandoned, disconnected, connected, connectedElsewhere
    }

    typealias Patience = PendingRequests.Patience

    /// A request of number 1 in a state; a second one of number 2 follows it.
    func pending(_ state: State, _ patience: Patience) -> PendingRequests {
        var pending = PendingRequests()
        if state == .absent { return pending }
        if state != .waiting || patience == .whileConnected {
            _ = pending.connected(isSameEpoch: true)
        }
        // A request waits beside a connection only behind 128 others; those have other numbers.
        _ = pending.submitted(patience) { ByteBuffer(integer: $0) }
        if state == .abandonedOnItsWay { pending.abandoned(1) }
        return pending
    }

    func numbers(_ frames: [ByteBuffer]) -> [Int64] {
        frames.compactMap { $0.getInteger(at: $0.readerIndex) }
    }

    /// What an event says, in words: who is told what, and what is written.
    func word(_ happening: Happening, _ pending: inout PendingRequests) -> String {
        switch happening {
        case .answered:
            let (isAwaited, frames) = pending.answered(1)
            return "\(isAwaited ? "told" : "nobody") \(self.numbers(frames))"
        case .abandoned:
            pending.abandoned(1)
            return "silent"
        case .disconnected: return "lost \(pending.disconnected())"
        case .connected, .connectedElsewhere:
            let (frames, dropped) = pending.connected(isSameEpoch: happening == .connected)
            return "write \(self.numbers(frames)) drop \(dropped)"
        }
    }

    static let untilAnswered: [State: [String]] = [
        .absent: ["nobody []", "silent", "lost []", "write [] drop []", "write [] drop []"],
        .waiting: ["nobody []", "silent", "lost []", "write [1] drop []", "write [1] drop []"],
        .onItsWay: ["told []", "silent", "lost []", "write [1] drop []", "write [1] drop []"],
        .abandonedOnItsWay: [
            "nobody []", "silent", "lost []", "write [1] drop []", "write [1] drop []",
        ],
    ]
    static let withinEpoch: [State: [String]] = [
        .absent: ["nobody []", "silent", "lost []", "write [] drop []", "write [] drop []"],
        .waiting: ["nobody []", "silent", "lost []", "write [1] drop []", "write [] drop [1]"],
        .onItsWay: ["told []", "silent", "lost []", "write [1] drop []", "write [] drop [1]"],
        .abandonedOnItsWay: [
            "nobody []", "silent", "lost []", "write [1] drop []", "write [] drop [1]",
        ],
    ]
    static let whileConnected: [State: [String]] = [
        .absent: ["nobody []", "silent", "lost []", "write [] drop []", "write [] drop []"],
        .onItsWay: ["told []", "silent", "lost [1]", "write [1] drop []", "write [1] drop []"],
        .abandonedOnItsWay: [
            "nobody []", "silent", "lost []", "write [1] drop []", "write [1] drop []",
        ],
    ]

    @Test(arguments: [
        (Patience.untilAnswered, Self.untilAnswered), (.withinEpoch, Self.withinEpoch),
        (.whileConnected, Self.whileConnected),
    ])
    func `every event has one meaning for a request in every state`(
        patience: Patience, table: [State: [String]]
    ) throws {
        for state in State.allCases {
            // A request that doesn't wait for a connection never waits without one.
            guard let expected = table[state] else { continue }
            for (happening, expected) in zip(Happening.allCases, expected) {
                var pending = self.pending(state, patience)
                let word = self.word(happening, &pending)
                #expect(word == expected, "\(state), \(happening)")
            }
        }
    }

    @Test(arguments: State.allCases)
    func `after a lost connection nothing is left of what isn't to be repeated`(state: State) {
        for patience in [Patience.untilAnswered, .withinEpoch, .whileConnected] {
            if state == .waiting, patience == .whileConnected { continue }
            var pending = self.pending(state, patience)
            _ = pending.disconnected()
            let isLeft =
                patience != .whileConnected && (state == .waiting || state == .onItsWay)
            #expect(pending.isEmpty == !isLeft, "\(patience)")
        }
    }
}

@Suite struct DeliveryLedgerTable {
    enum State: CaseIterable, Sendable {
        case unknown, running, runningFromElsewhere, told, tellingVoid, held
    }
    enum Happening: CaseIterable, Sendable {
        case sameArrives, nextArrives, finishes, isSettled, isLost, epochChanges
    }

    let first: Delivery
    let next: Delivery

    init() throws {
        self.first = try Sample.delivery(3)
        self.next = try Sample.delivery(4)
    }

    var settlement: Settlement {
        Settlement(
            conversation: Sample.conversation(), seq: 3, event: self.first.event.id,
            outcome: .handled())
    }

    func ledger(_ state: State) throws -> DeliveryLedger {
        var ledger = DeliveryLedger()
        ledger.connected(Sample.epoch(1))
        if state == .held {
            // Its only place is taken by another conversation.
            _ = ledger.arrived(try Sample.delivery(1, conversation: 2))
            _ = ledger.arrived(self.first)
            return ledger
        }
        ledger.allowed(2)
        guard state != .unknown else { return ledger }
        _ = ledger.arrived(self.first)
        if state == .told || state == .tellingVoid { _ = ledger.finished(self.first, .handled()) }
        if state == .runningFromElsewhere || state == .tellingVoid {
            ledger.connected(Sample.epoch(2))
        }
        return ledger
    }

    func word(_ happening: Happening, _ ledger: inout DeliveryLedger) -> String {
        switch happening {
        case .sameArrives: return Self.word(ledger.arrived(self.first))
        case .nextArrives: return Self.word(ledger.arrived(self.next))
        case .finishes:
            return ledger.finished(self.first, .handled()) == nil ? "nothing" : "tell"
        case .isSettled:
            let awaited = ledger.awaits(self.settlement)
            ledger.settled(self.settlement)
            return awaited ? "done" : "nothing"
        case .isLost:
            ledger.disconnected()
            return "ready \(ledger.takeReady().count)"
        case .epochChanges:
            ledger.connected(Sample.epoch(9))
            return ledger.awaits(self.settlement) ? "awaits" : "nothing"
        }
    }

    static func word(_ arrival: DeliveryLedger.Arrival) -> String {
        switch arrival {
        case .handle: "handle"
        case .settle: "tell"
        case .wait: "wait"
        case .excess: "excess"
        }
    }

    static let table: [(State, [String])] = [
        (.unknown, ["handle", "handle", "nothing", "nothing", "ready 0", "nothing"]),
        (.running, ["wait", "wait", "tell", "nothing", "ready 0", "nothing"]),
        (.runningFromElsewhere, ["wait", "wait", "nothing", "nothing", "ready 0", "nothing"]),
        (.told, ["wait", "wait", "nothing", "done", "ready 0", "nothing"]),
        (.tellingVoid, ["tell", "handle", "nothing", "nothing", "ready 0", "nothing"]),
        (.held, ["wait", "wait", "nothing", "nothing", "ready 0", "nothing"]),
    ]

    @Test(arguments: Self.table)
    func `every event has one meaning for an event in every state`(
        state: State, expected: [String]
    ) throws {
        #expect(expected.count == Happening.allCases.count)
        for (happening, expected) in zip(Happening.allCases, expected) {
            var ledger = try self.ledger(state)
            #expect(self.word(happening, &ledger) == expected, "\(happening)")
        }
    }
}

@Suite struct ReconnectionTable {
    enum Wait: Equatable, Sendable { case short, long, never }

    static let endings: [(GatewaySession.Ending, Wait)] = [
        (.lost, .short), (.silent, .short), (.broken("x"), .short),
        (.goodbye(Goodbye(.shutdown, "Later.", reconnect: true)), .short),
        (.goodbye(Goodbye(.fenced, "Another took over.", reconnect: true)), .long),
        (.goodbye(Goodbye(.fenced, "Another took over.", reconnect: false)), .long),
        (.goodbye(Goodbye(.unknownService, "None.", reconnect: false)), .never),
    ]

    @Test(arguments: Self.endings, [nil, .zero, .seconds(3_600)] as [Duration?])
    func `every ending has one consequence, however long the connection stood`(
        ending: (GatewaySession.Ending, Wait), stood: Duration?
    ) {
        var reconnection = Reconnection(
            backoff: Backoff(first: .seconds(1), longest: .seconds(1)),
            fencedBackoff: Backoff(first: .seconds(60), longest: .seconds(60)))
        var generator = FixedGenerator(value: .max)
        let wait: Wait
        switch reconnection.ended(ending.0, stood: stood, using: &generator) {
        case .wait(let duration): wait = duration > .seconds(1) ? .long : .short
        case .stop: wait = .never
        }
        #expect(wait == ending.1)
    }
}
