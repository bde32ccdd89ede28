import Foundation
import GRDB
import Protocol
import Testing

@testable import Broker

/// An erasure among everything else that may happen in its batch or meanwhile: store and delivery
/// state together, with a consumer that acknowledges, puts off, refuses and dies.
@Suite struct ErasureRaceTests {
    /// The consumer's side of the socket, and the broker's two halves.
    final class Play {
        let fixture: StoreFixture
        let boxes: Boxes
        let uid: ConversationID
        let admin: Session
        var discord: Session
        var state: DeliveryState
        var generator: SeededGenerator
        var underWay: [Delivery] = []
        var timers: [Input] = []
        var uptime: Int64 = 0
        var number = 0
        var refusedAfter: [ErrorCode] = []
        var isErased = false
        var deliveredErasures = 0
        var pushedGone = 0

        init(seed: UInt64) throws {
            self.fixture = try StoreFixture()
            self.boxes = try #require(Boxes("main=web,discord"))
            self.generator = SeededGenerator(seed: seed)
            self.uid = try self.fixture.open("v1").conversation
            self.state = try self.fixture.store.deliveryState(self.boxes)
            self.discord = self.fixture.discord
            self.admin = Session(
                connection: ConnectionID(number: 99), box: try name("main"),
                service: ServiceRow(id: 0, name: try name("chatbox")), mode: .admin, generation: 0)
            try self.arrive()
            let subscribe = Subscribe(conversation: self.uid)
            var reader = self.fixture.web
            reader.connection = ConnectionID(number: 50)
            try self.hello(reader)
            try self.run([.request(reader, number: 1, .subscribe(subscribe))])
        }

        func hello(_ session: Session) throws {
            let hello = Hello(
                box: session.box, service: session.service.name, instance: try name("i"),
                mode: session.mode, agent: "t")
            try self.run([.hello(session.connection, hello)])
        }

        /// A consumer connects, with credit.
        func arrive() throws {
            self.number += 1
            var session = self.fixture.discord
            session.connection = ConnectionID(number: UInt64(100 + self.number))
            self.underWay = []
            try self.hello(session)
            session.generation = try self.fixture.store.read {
                try $0.generation(of: session.service)
            }
            self.discord = session
            try self.run([.credit(session, Credit(conversations: 1))])
        }

        /// One batch: its transaction, then what comes of it.
        func run(_ inputs: [Input]) throws {
            var ids = self.generator
            let outcomes = try self.fixture.store.write(now: 5_000) { transaction in
                try inputs.map { input in
                    try transaction.apply(input, boxes: self.boxes) {
                        EventID(Bits128.random(using: &ids))
                    }
                }
            }
            self.generator = ids
            var deliveries: [Int64] = []
            for outcome in outcomes {
                self.look(at: outcome)
                let moment = Moment(time: self.uptime, uptime: self.uptime)
                for directive in self.state.committed(outcome, at: moment) {
                    self.take(directive, &deliveries)
                }
            }
            while !deliveries.isEmpty {
                let conversation = deliveries.removeFirst()
                let found = try self.fixture.store.readLatest {
                    try $0.nextDelivery(conversation, self.discord.service)
                }
                if let found {
                    self.underWay.append(found)
                    if found.event.kind == .erasure { self.deliveredErasures += 1 }
                    #expect(!self.isErased || found.event.kind == .erasure, "nothing else any more")
                    continue
                }
                let more = self.state.foundNothing(
                    self.discord, conversation: conversation,
                    at: Moment(time: self.uptime, uptime: self.uptime))
                for directive in more { self.take(directive, &deliveries) }
            }
        }

        private func look(at outcome: Outcome) {
            guard case .answered(let session, _, let answer, _) = outcome else { return }
            if answer is Erasure { self.isErased = true }
            guard self.isErased, let refused = answer as? Refused, session.mode != .admin else {
                return
            }
            self.refusedAfter.append(refused.code)
        }

        private func take(_ directive: Directive, _ deliveries: inout [Int64]) {
            switch directive {
            case .deliver(let session, let conversation) where session == self.discord:
                deliveries.append(conversation)
            case .later(let input, _): self.timers.append(input)
            case .push(_, let message) where message is ConversationGone: self.pushedGone += 1
            default: break
            }
        }

        // MARK: What may happen

        func request(_ session: Session, _ request: GatewayRequest) -> Input {
            .request(session, number: 1, request)
        }

        func send() throws -> Input {
            self.number += 1
            let key = try #require(IdempotencyKey("s\(self.number)"))
            return self.request(
                self.fixture.web,
                .send(
                    Send(
                        conversation: self.uid, key: key, author: Author(id: "a", name: "A"),
                        body: "CANARY \(self.number)")))
        }

        /// What the consumer says of the event that it has; nothing if it has none.
        func settle() -> Input? {
            guard let delivery = self.underWay.popLast() else { return nil }
            let seq = delivery.event.seq
            let external = ExternalID("x\(seq)").map { [$0] } ?? []
            switch Int.random(in: 0..<6, using: &self.generator) {
            case 0:
                return self.request(
                    self.discord,
                    .negativeAcknowledge(
                        NegativeAcknowledge(
                            conversation: self.uid, seq: seq, external: external,
                            delayMilliseconds: 600_000, reason: "later")))
            case 1 where delivery.event.kind != .erasure:
                return self.request(
                    self.discord,
                    .deadLetter(
                        DeadLetter(
                            conversation: self.uid, seq: seq, code: "1", reason: "CANARY reason")))
            default: return self.acknowledge(seq, external)
            }
        }

        func acknowledge(_ seq: Int64, _ external: [ExternalID]) -> Input {
            self.request(
                self.discord,
                .acknowledge(
                    Acknowledge(conversation: self.uid, seq: seq, external: external)))
        }

        func chance() throws -> Input? {
            switch Int.random(in: 0..<9, using: &self.generator) {
            case 0...3: return try self.send()
            case 4, 5: return self.settle()
            case 6:
                let peer = PeerID("\(Int.random(in: 70..<72, using: &self.generator))")
                return peer.map {
                    self.request(self.discord, .bind(Bind(conversation: self.uid, peer: $0)))
                }
            case 7:
                let open = PeerID("v1").map { Open(peer: $0, create: true) }
                return open.map { self.request(self.fixture.web, .open($0)) }
            default:
                let key = try #require(IdempotencyKey("c\(self.number)"))
                return self.request(
                    self.discord,
                    .close(
                        Close(
                            conversation: self.uid, key: key,
                            author: Author(id: "o", name: "Sam"))))
            }
        }

        func die() throws {
            self.uptime += 1_000
            try self.run([.disconnected(self.discord.connection, wasLost: true)])
            let timers = self.timers
            self.timers = []
            try self.run(timers)
            try self.arrive()
        }
    }

    @Test(arguments: 1...60)
    func `it ends, whatever is under way`(seed: Int) throws {
        let play = try Play(seed: UInt64(seed))
        let moment = Int.random(in: 1..<12, using: &play.generator)
        for step in 0..<16 {
            var batch: [Input] = []
            for _ in 0..<Int.random(in: 1..<5, using: &play.generator) {
                if let input = try play.chance() { batch.append(input) }
            }
            if step == moment {
                let place = Int.random(in: 0...batch.count, using: &play.generator)
                let erase = play.request(play.admin, .erase(Erase(conversation: play.uid)))
                batch.insert(erase, at: place)
            }
            try play.run(batch)
            if Int.random(in: 0..<6, using: &play.generator) == 0 { try play.die() }
        }
        // Everybody gets on with it: timers end, connections stand, the consumer acknowledges.
        for _ in 0..<12 {
            let timers = play.timers
            play.timers = []
            play.uptime += 700_000
            try play.run(timers)
            for delivery in play.underWay {
                try play.run([play.acknowledge(delivery.event.seq, [])])
            }
            play.underWay = play.underWay.filter { _ in false }
        }
        let erasure = try play.fixture.store.read { try $0.erasure(of: play.uid) }
        #expect(erasure.waiting.isEmpty, "seed \(seed)")
        #expect(play.deliveredErasures > 0 && play.pushedGone == 1)
        // A post may still be bound, but not two.
        #expect(
            play.refusedAfter.allSatisfy { $0 == .conversationGone || $0 == .bindingConflict })
        let rows = try play.fixture.store.writer.read { db in
            try ["event", "side", "external_id", "failure", "suspect", "credential"].map { table in
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? -1
            }
        }
        #expect(rows == [0, 0, 0, 0, 0, 0])
        #expect(play.state.unacknowledged.values.allSatisfy { $0.isEmpty })
    }
}
