import Protocol
import Testing

@testable import Broker

// What a consumer that is lost again and again means for what it had.
extension DeliveryStateTests {
    @Test mutating func `a lost consumer is counted, one that said goodbye isn't`() {
        let (first, _) = self.connect(1, self.discord, .consumer)
        #expect(self.disconnect(first, wasLost: true) == ["lost with nothing"])
        let (second, _) = self.connect(2, self.discord, .consumer)
        #expect(self.disconnect(second) == [])
        let (third, _) = self.connect(
            3, self.discord, .consumer, backlog: [7, 8], crashes: CrashRecord(losses: 3))
        #expect(self.credit(third, 9) == ["deliver 7 to 3"])
        self.clock += 59_000
        #expect(self.disconnect(third, wasLost: true) == ["lost with 7"])
    }

    @Test mutating func `a suspect comes when the connection has stood`() {
        let crashes = CrashRecord(losses: 1, suspects: [7: .init(seq: 1, losses: 2)])
        let (consumer, directives) = self.connect(
            1, self.discord, .consumer, backlog: [7, 8], crashes: crashes)
        #expect(directives == ["welcome 1", "stood in 10000"])
        #expect(self.credit(consumer, 9) == ["deliver 8 to 1"])
        #expect(self.acknowledge(consumer, self.other) == ["answer 1 #2 acknowledged"])
        let stood = self.state.committed(.happened(.stood(consumer)), at: self.now)
        #expect(described(stood) == ["deliver 7 to 1"])
    }

    @Test mutating func `what proved deadly is passed`() {
        let (consumer, _) = self.connect(1, self.discord, .consumer, backlog: [7])
        _ = self.credit(consumer, 1)
        let advance = Advance(
            conversation: self.conversation, service: self.discord, handled: 1, hasMore: true)
        let recorded = self.state.committed(
            .happened(.recorded(self.discord, CrashRecord(losses: 8), advance)), at: self.now)
        #expect(described(recorded) == ["deliver 7 to 1"])
    }

    @Test mutating func `what proved deadly is told at once to a consumer that held it back`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        _ = self.subscribe(reader, self.conversation)
        let crashes = CrashRecord(losses: 8, suspects: [7: .init(seq: 1, losses: 4)])
        let (consumer, _) = self.connect(
            2, self.discord, .consumer, backlog: [7], crashes: crashes)
        #expect(self.credit(consumer, 1).contains { $0.contains("deliver") } == false)
        let change = ReceiptChange(
            service: self.discord,
            receipt: Receipt(
                service: self.discord.name,
                failed: [.init(seq: 1, code: "poison", reason: "It is deadly.")]),
            version: 3, peers: [:])
        let advance = Advance(
            conversation: self.conversation, service: self.discord, handled: 0, hasMore: true,
            change: change)
        let recorded = self.state.committed(
            .happened(.recorded(self.discord, CrashRecord(), advance)), at: self.now)
        #expect(described(recorded) == ["push 1 receipt", "deliver 7 to 2"])
        #expect(self.state.unacknowledged[self.discord]?.contains(7) == true)
    }
}
