import Protocol
import Testing

@testable import GatewayKit

@Suite struct DeliveryLedgerTests {
    var ledger = DeliveryLedger()

    init() {
        self.ledger.connected(Sample.epoch(1))
        self.ledger.allowed(2)
    }

    func settlement(_ seq: Int64) -> Settlement {
        Settlement(
            conversation: Sample.conversation(), seq: seq,
            event: Sample.eventID(1 << 32 | UInt64(seq)), outcome: .handled())
    }

    @Test mutating func `an event is handled and told once`() throws {
        let delivery = try Sample.delivery(3)
        #expect(self.ledger.arrived(delivery) == .handle)
        #expect(self.ledger.finished(delivery, .handled()) == self.settlement(3))
        #expect(self.ledger.finished(delivery, .handled()) == nil)
        self.ledger.settled(self.settlement(3))
        #expect(self.ledger.isSettled)
        #expect(self.ledger.arrived(try Sample.delivery(4)) == .handle)
    }

    @Test mutating func `an event delivered again while its handler runs waits for it`() throws {
        let delivery = try Sample.delivery(3)
        _ = self.ledger.arrived(delivery)
        self.ledger.disconnected()
        self.ledger.connected(Sample.epoch(1))
        #expect(self.ledger.arrived(delivery) == .wait)
        #expect(self.ledger.finished(delivery, .handled()) == self.settlement(3))
    }

    @Test mutating func `an event whose settlement is on its way isn't handled again`() throws {
        let delivery = try Sample.delivery(3)
        _ = self.ledger.arrived(delivery)
        _ = self.ledger.finished(delivery, .handled())
        self.ledger.disconnected()
        self.ledger.connected(Sample.epoch(1))
        #expect(self.ledger.arrived(delivery) == .wait)
        #expect(self.ledger.awaits(self.settlement(3)))
    }

    @Test mutating func `after a change of epoch an outcome waits for its event`() throws {
        let delivery = try Sample.delivery(3)
        _ = self.ledger.arrived(delivery)
        self.ledger.connected(Sample.epoch(2))
        #expect(self.ledger.finished(delivery, .handled()) == nil)
        #expect(self.ledger.isSettled)
        #expect(self.ledger.arrived(delivery) == .settle(self.settlement(3)))
        self.ledger.settled(self.settlement(3))
        #expect(self.ledger.arrived(try Sample.delivery(4)) == .handle)
    }

    @Test mutating func `a settlement of another epoch is told when the event comes`() throws {
        let delivery = try Sample.delivery(3)
        _ = self.ledger.arrived(delivery)
        _ = self.ledger.finished(delivery, .handled())
        self.ledger.connected(Sample.epoch(2))
        #expect(self.ledger.awaits(self.settlement(3)) == false)
        var moved = delivery
        moved.event.seq = 2
        var settlement = self.settlement(3)
        settlement.seq = 2
        #expect(self.ledger.arrived(moved) == .settle(settlement))
    }

    @Test mutating func `another event of another epoch makes an old outcome void`() throws {
        let delivery = try Sample.delivery(3)
        _ = self.ledger.arrived(delivery)
        _ = self.ledger.finished(delivery, .handled())
        self.ledger.connected(Sample.epoch(2))
        #expect(self.ledger.arrived(try Sample.delivery(2)) == .handle)
    }

    @Test mutating func `the next event of a conversation waits for the one before`() throws {
        let first = try Sample.delivery(1)
        let second = try Sample.delivery(2)
        _ = self.ledger.arrived(first)
        #expect(self.ledger.arrived(second) == .wait)
        #expect(self.ledger.takeReady().isEmpty)
        _ = self.ledger.finished(first, .handled())
        #expect(self.ledger.takeReady().isEmpty)
        self.ledger.settled(self.settlement(1))
        #expect(self.ledger.takeReady() == [second])
    }

    @Test mutating func `no more handlers run than there are places`() throws {
        let deliveries = try (1...3).map { try Sample.delivery(1, conversation: $0) }
        #expect(deliveries.map { self.ledger.arrived($0) } == [.handle, .handle, .wait])
        #expect(self.ledger.runningCount == 2)
        _ = self.ledger.finished(deliveries[0], .handled())
        #expect(self.ledger.takeReady() == [deliveries[2]])
    }

    @Test mutating func `what had no turn when the connection was lost is forgotten`() throws {
        let deliveries = try (1...3).map { try Sample.delivery(1, conversation: $0) }
        for delivery in deliveries { _ = self.ledger.arrived(delivery) }
        self.ledger.disconnected()
        _ = self.ledger.finished(deliveries[0], .handled())
        #expect(self.ledger.takeReady().isEmpty)
        #expect(self.ledger.arrived(deliveries[2]) == .handle)
    }

    @Test mutating func `a pause lets go on what runs and more places admit more`() throws {
        self.ledger.allowed(0)
        let deliveries = try (1...3).map { try Sample.delivery(1, conversation: $0) }
        #expect(deliveries.map { self.ledger.arrived($0) } == [.handle, .handle, .wait])
        self.ledger.allowed(3)
        #expect(self.ledger.takeReady() == [deliveries[2]])
    }

    @Test mutating func `more than any credit allows is too much`() throws {
        for number in 1...UInt64(2 + DeliveryLedger.heldMax) {
            _ = self.ledger.arrived(try Sample.delivery(1, conversation: number))
        }
        #expect(self.ledger.arrived(try Sample.delivery(1, conversation: 9_999)) == .excess)
    }
}
