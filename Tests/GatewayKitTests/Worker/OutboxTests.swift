import Protocol
import Testing

@testable import GatewayKit

@Suite struct OutboxTests {
    var outbox = Outbox<String>()
    let ann = Sample.conversation(1)
    let bob = Sample.conversation(2)

    @Test mutating func `jobs of a conversation come one after the other, in order`() {
        #expect(self.outbox.add("a", number: 1, to: self.ann) == .start)
        #expect(self.outbox.add("b", number: 2, to: self.ann) == .waits)
        #expect(self.outbox.add("c", number: 3, to: self.bob) == .start)
        #expect(self.outbox.next(of: self.ann) == "a")
        // The lane is taken while its job runs, though nothing waits in it.
        #expect(self.outbox.next(of: self.bob) == "c")
        #expect(self.outbox.add("d", number: 4, to: self.bob) == .waits)
        #expect(self.outbox.next(of: self.ann) == "b")
        #expect(self.outbox.next(of: self.ann) == nil)
        #expect(self.outbox.add("e", number: 5, to: self.ann) == .start)
    }

    @Test mutating func `a job that nobody wants is taken out while it waits`() {
        _ = self.outbox.add("a", number: 1, to: self.ann)
        _ = self.outbox.add("b", number: 2, to: self.ann)
        self.outbox.remove(number: 2, of: self.ann)
        self.outbox.remove(number: 2, of: self.ann)
        self.outbox.remove(number: 9, of: self.bob)
        #expect(self.outbox.waitingCount == 1)
        #expect(self.outbox.next(of: self.ann) == "a")
        self.outbox.remove(number: 1, of: self.ann)
        #expect(self.outbox.next(of: self.ann) == nil)
        #expect(self.outbox.waitingCount == 0)
    }

    @Test mutating func `a broker that stays away doesn't fill the memory`() {
        for number in 1...Outbox<String>.waitingMax {
            _ = self.outbox.add("x", number: number, to: self.ann)
        }
        #expect(self.outbox.add("y", number: 0, to: self.bob) == .full)
        _ = self.outbox.next(of: self.ann)
        #expect(self.outbox.add("y", number: 0, to: self.bob) == .start)
    }

    @Test mutating func `what waits at the end is given back, and nothing is taken after it`() {
        _ = self.outbox.add("a", number: 1, to: self.ann)
        _ = self.outbox.next(of: self.ann)
        _ = self.outbox.add("b", number: 2, to: self.ann)
        _ = self.outbox.add("c", number: 3, to: self.ann)
        #expect(self.outbox.end() == ["b", "c"])
        #expect(self.outbox.end() == [])
        #expect(self.outbox.next(of: self.ann) == nil)
        #expect(self.outbox.add("d", number: 4, to: self.bob) == .ended)
        #expect(self.outbox.waitingCount == 0)
    }
}
