import Protocol
import Testing

@testable import GatewayKit

@Suite struct CallbackRetriesTests {
    var retries = CallbackRetries()

    @Test mutating func `waits double up to a minute until a callback succeeds`() {
        let waits = (1...8).map { _ in self.retries.failed(Sample.conversation()) }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        self.retries.ended(Sample.conversation())
        #expect(self.retries.failed(Sample.conversation()) == .seconds(1))
    }

    @Test mutating func `one conversation's failures don't slow the others`() {
        for _ in 1...5 { _ = self.retries.failed(Sample.conversation(1)) }
        #expect(self.retries.failed(Sample.conversation(2)) == .seconds(1))
    }

    @Test mutating func `failures of everybody don't fill the memory`() {
        for number in 1...UInt64(CallbackRetries.conversationsMax) {
            _ = self.retries.failed(Sample.conversation(number))
        }
        #expect(self.retries.failed(Sample.conversation(.max)) == CallbackRetries.longest)
        self.retries.ended(Sample.conversation(1))
        #expect(self.retries.failed(Sample.conversation(.max)) == CallbackRetries.first)
    }
}

@Suite struct RecentEventsTests {
    var recent = RecentEvents()
    let conversation = Sample.conversation()

    @Test mutating func `an event is known with the far side's ids`() throws {
        let external = [try #require(ExternalID("x1"))]
        self.recent.add(Sample.eventID(1), external, in: self.conversation)
        #expect(self.recent.external(of: Sample.eventID(1), in: self.conversation) == external)
        #expect(self.recent.external(of: Sample.eventID(2), in: self.conversation) == nil)
        #expect(self.recent.external(of: Sample.eventID(1), in: Sample.conversation(2)) == nil)
    }

    @Test mutating func `of each conversation the newest are known`() {
        let last = UInt64(RecentEvents.eventsMax) + 1
        for number in 1...last {
            self.recent.add(Sample.eventID(number), [], in: self.conversation)
        }
        #expect(self.recent.external(of: Sample.eventID(1), in: self.conversation) == nil)
        #expect(self.recent.external(of: Sample.eventID(2), in: self.conversation) == [])
        #expect(self.recent.external(of: Sample.eventID(last), in: self.conversation) == [])
    }

    @Test mutating func `the conversation remembered first is forgotten first`() {
        let count = UInt64(RecentEvents.conversationsMax)
        for number in 1...(count * 2 + 1) {
            self.recent.add(Sample.eventID(1), [], in: Sample.conversation(number))
        }
        let known = (1...(count * 2 + 1)).filter {
            self.recent.external(of: Sample.eventID(1), in: Sample.conversation($0)) != nil
        }
        #expect(known == Array((count + 2)...(count * 2 + 1)))
    }
}
