import Protocol
import Testing

@testable import Broker

@Suite struct InboxTests {
    let inbox = Inbox()

    func signal() throws -> Input {
        let session = Session(
            connection: ConnectionID(number: 1), box: try name("main"),
            service: ServiceRow(id: 1, name: try name("web")), mode: .reader, generation: 0)
        let conversation = ConversationID(Bits128(high: 1, low: 1))
        return .signal(session, Signal(conversation: conversation, kind: .access))
    }

    @Test func `signals find no place where very much waits, and everything else does`() throws {
        let signal = try self.signal()
        for _ in 0..<Inbox.signalsMax + 10 { _ = self.inbox.append(signal) }
        let gone = Input.disconnected(ConnectionID(number: 1), wasLost: false)
        #expect(!self.inbox.append(gone), "a drain is scheduled already")
        #expect(!self.inbox.append(signal))
        let (inputs, hasMore) = self.inbox.take(atMost: .max)
        #expect(inputs.count == Inbox.signalsMax + 1 && !hasMore)
        #expect(self.inbox.append(signal), "there is room again")
    }

    @Test func `a closed inbox takes nothing`() throws {
        self.inbox.close()
        #expect(try !self.inbox.append(self.signal()))
        #expect(self.inbox.take(atMost: 9).inputs.isEmpty)
    }
}
