import Protocol
import Testing

@testable import Broker

// What is pushed, to whom.
extension DeliveryStateTests {
    @Test mutating func `readers get pushes of what they subscribed to, with their own keys`() {
        let (first, _) = self.connect(1, self.web, .reader)
        let (second, _) = self.connect(2, self.web, .reader)
        let (third, _) = self.connect(3, self.discord, .reader)
        for reader in [first, second, third] { _ = self.subscribe(reader, self.conversation) }
        #expect(
            self.store(self.conversation, by: first) == [
                "answer 1 #1 released", "publish 1+2 with key", "publish 3 without key",
            ])
        #expect(self.store(self.other, by: first) == ["answer 1 #1 released"])
    }

    @Test mutating func `subscribing twice pushes once, and unsubscribing ends it`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        _ = self.subscribe(reader, self.conversation)
        _ = self.subscribe(reader, self.conversation)
        #expect(
            self.store(self.conversation, by: reader) == [
                "answer 1 #1 released", "publish 1 with key",
            ])
        _ = self.state.committed(
            .answered(reader, number: 4, Unsubscribed(), [.unsubscribed(self.conversation)]),
            at: self.now)
        #expect(self.store(self.conversation, by: reader) == ["answer 1 #1 released"])
    }

    @Test mutating func `a receipt goes to the readers of the other services`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        let (consumer, _) = self.connect(2, self.discord, .consumer)
        _ = self.subscribe(reader, self.conversation)
        #expect(
            self.acknowledge(consumer, self.conversation) == [
                "answer 2 #2 acknowledged", "push 1 receipt",
            ])
    }

    @Test mutating func `a service is up while its consumer has credit`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        #expect(self.subscribe(reader, self.conversation)?.services.map(\.isUp) == [false])
        let (consumer, _) = self.connect(2, self.discord, .consumer)
        #expect(self.credit(consumer, 1) == ["push 1 service_state"])
        #expect(self.credit(consumer, 2) == [])
        #expect(self.subscribe(reader, self.conversation)?.services.map(\.isUp) == [true])
        #expect(self.credit(consumer, 0) == ["push 1 service_state"])
        _ = self.credit(consumer, 1)
        #expect(self.disconnect(consumer) == ["push 1 service_state"])
    }

    @Test mutating func `a connection that is gone gets nothing`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        let (sender, _) = self.connect(2, self.web, .reader)
        _ = self.subscribe(reader, self.conversation)
        _ = self.disconnect(reader)
        #expect(self.store(self.conversation, by: sender) == ["answer 2 #1 released"])
        #expect(self.subscribe(reader, self.conversation) == nil)
        #expect(self.state.connectionCount == 1)
    }

    @Test mutating func `a receipt goes to the other services' consumers too`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        _ = self.connect(2, self.discord, .consumer)
        let change = ReceiptChange(
            service: self.web, receipt: Receipt(service: self.web.name, seenUpTo: 1), version: 9,
            peers: [2: PeerID("77")].compactMapValues { $0 })
        let directives = self.state.committed(
            .answered(reader, number: 1, Reported(), [.reported(self.conversation, change)]),
            at: self.now)
        #expect(described(directives) == ["answer 1 #1 reported", "push 2 receipt"])
        guard case .push(_, let message)? = directives.last, let push = message as? ReceiptPush
        else {
            Issue.record("no push")
            return
        }
        #expect(push.version == 9 && push.peer?.text == "77")
    }

    @Test mutating func `a reader that lags loses one conversation and is told from where`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        for conversation in [self.conversation, self.other] {
            _ = self.subscribe(reader, conversation)
        }
        let directives = self.state.lagged(reader.connection, self.conversation, before: 5)
        guard case .push(_, let message)? = directives.first, let lagged = message as? Lagged
        else {
            Issue.record("no push")
            return
        }
        #expect(lagged.from == 4 && lagged.conversation == self.conversation.uid)
        #expect(self.store(self.conversation, by: reader) == ["answer 1 #1 released"])
        #expect(
            self.store(self.other, by: reader) == ["answer 1 #1 released", "publish 1 with key"])
    }

    @Test mutating func `every gateway hears whether anything can be stored, also one that comes`()
        throws
    {
        let full = StorageHealth.Trouble(code: .storageFull, since: 5)
        #expect(described(self.state.storageChanged(full)) == [], "nobody is there")
        let (reader, arrival) = self.connect(1, self.web, .reader)
        #expect(arrival == ["welcome 1", "push 1 storage_state"])
        #expect(self.connect(2, self.discord, .consumer).1.last == "push 2 storage_state")
        #expect(self.connect(3, self.web, .admin).1 == ["welcome 3"])
        let failed = StorageHealth.Trouble(code: .storageFailed, since: 5)
        for (trouble, directives) in [
            (full, []), (failed, ["push 1+2 storage_state"]), (failed, []),
            (nil, ["push 1+2 storage_state"]), (nil, []),
        ] as [(StorageHealth.Trouble?, [String])] {
            #expect(described(self.state.storageChanged(trouble)) == directives)
        }
        _ = self.disconnect(reader)
        guard case .push(_, let message)? = self.state.storageChanged(full).first else {
            Issue.record("no push")
            return
        }
        let told = try #require(message as? StorageState)
        #expect(told == StorageState(Status.Storage(code: .storageFull, since: 5)))
        _ = self.state.storageChanged(nil)
        #expect(self.connect(4, self.web, .reader).1 == ["welcome 4"])
    }

    @Test mutating func `a signal goes to the other services only`() {
        let (reader, _) = self.connect(1, self.web, .reader)
        let (consumer, _) = self.connect(2, self.discord, .consumer)
        _ = self.subscribe(reader, self.conversation)
        let signal = Signal(conversation: self.conversation.uid, kind: .typing)
        func signalled(by session: Session) -> [String] {
            described(
                self.state.committed(
                    .happened(.signalled(session, self.conversation, signal, peers: [:])),
                    at: self.now))
        }
        #expect(signalled(by: reader) == ["push 2 signal"])
        #expect(signalled(by: consumer) == ["push 1 signal"])
    }

    @Test func `twenty signals of a conversation pass in a second`() {
        var limit = SignalLimit()
        let passed = (1...30).filter { _ in limit.allows(self.conversation.uid, in: 5) }
        #expect(passed.count == 20)
        let other = ConversationID(Bits128(high: 1, low: 1))
        let others = limit.allows(other, in: 5)
        let next = limit.allows(self.conversation.uid, in: 6)
        #expect(others && next)
    }
}
