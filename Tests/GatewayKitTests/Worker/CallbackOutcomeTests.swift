import Foundation
import GatewayKit
import Protocol
import Synchronization
import Testing

/// What becomes of a message, by what its callback does.
@Suite(.timeLimit(.minutes(1))) struct CallbackOutcomeTests {
    @Test func `a message whose callback throws comes again, later each time`() async throws {
        try await ScriptedBroker.with { broker in
            let calls = Atomic(0)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in
                        message.record(try #require(ExternalID("x1")))
                        if calls.add(1, ordering: .relaxed).newValue < 3 { throw Mishap() }
                        await Task.yield()
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                for wait in [1_000, 2_000] as [Int64] {
                    connection.write(try known(1))
                    let later = try await connection.next(NegativeAcknowledge.self)
                    #expect(later.message.delayMilliseconds == wait)
                    #expect(later.message.external.map(\.text) == ["x1"])
                    #expect(!later.message.reason.contains("Mishap"))
                    connection.write(Released(), request: later.request)
                }
                connection.write(try known(1))
                #expect(try await connection.next(Acknowledge.self).message.external.count == 1)
            }
        }
    }

    @Test func `a message that was refused for good ends its client's row of failures`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            let calls = Atomic(0)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { _ in
                        await Task.yield()
                        guard calls.add(1, ordering: .relaxed).newValue == 2 else { throw Mishap() }
                        throw Undeliverable(code: "1", reason: "No.")
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                let first = try await connection.answer(NegativeAcknowledge.self, Released())
                #expect(first.delayMilliseconds == 1_000)
                connection.write(try known(1))
                try await connection.answer(DeadLetter.self, Acknowledged(handled: 1))
                connection.write(try known(2))
                let next = try await connection.answer(NegativeAcknowledge.self, Released())
                #expect(next.delayMilliseconds == 1_000)
            }
        }
    }

    @Test func `a callback says that a message may stand twice, whatever becomes of it`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in
                        if message.event.seq < 4 { message.notePossibleDuplicate() }
                        switch message.event.seq {
                        case 2: throw Mishap()
                        case 3: throw Undeliverable(code: "1", reason: "No.")
                        default: await Task.yield()
                        }
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                let handled = try await connection.answer(
                    Acknowledge.self, Acknowledged(handled: 1))
                #expect(handled.isPossibleDuplicate)
                connection.write(try known(2))
                let later = try await connection.answer(NegativeAcknowledge.self, Released())
                #expect(later.isPossibleDuplicate)
                connection.write(try known(3))
                let dead = try await connection.answer(DeadLetter.self, Acknowledged(handled: 3))
                #expect(dead.isPossibleDuplicate)
                connection.write(try known(4))
                let other = try await connection.answer(
                    Acknowledge.self, Acknowledged(handled: 4))
                #expect(!other.isPossibleDuplicate)
            }
        }
    }

    @Test func `a callback says that a message is refused for good, or when to try again`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in
                        switch message.event.seq {
                        case 1: throw Undeliverable(code: "50035", reason: "It is empty.")
                        case 2: throw NotNow(after: .seconds(30), reason: "It sleeps.")
                        case 3: message.reject(code: "1", reason: "No.")
                        case 4: message.postpone(after: .seconds(2), reason: "Soon.")
                        default:
                            message.acknowledge()
                            throw Mishap()
                        }
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                #expect(
                    try await connection.answer(DeadLetter.self, Acknowledged(handled: 1)).code
                        == "50035")
                connection.write(try known(2))
                #expect(
                    try await connection.answer(NegativeAcknowledge.self, Released())
                        .delayMilliseconds == 30_000)
                connection.write(try known(3))
                #expect(
                    try await connection.answer(DeadLetter.self, Acknowledged(handled: 3)).code
                        == "1")
                connection.write(try known(4))
                #expect(
                    try await connection.answer(NegativeAcknowledge.self, Released()).reason
                        == "Soon.")
                connection.write(try known(5))
                #expect(try await connection.next(Acknowledge.self).message.seq == 5)
            }
        }
    }

    @Test func `callbacks that block don't hold up those that wait`() async throws {
        try await ScriptedBroker.with { broker in
            let gate = Mutex(false)
            try await withWorker(
                of: broker, configure: { $0.conversations = 8 },
                register: { worker in
                    // More of them block than there are cores; Swift's own threads stay free.
                    worker.onMessage { message in
                        guard message.event.seq < 9 else { return gate.withLock { $0 = true } }
                        while !gate.withLock({ $0 }) { Thread.sleep(forTimeInterval: 0.001) }
                    }
                }
            ) { worker in
                let connection = try await broker.welcome()
                #expect(try await connection.next(Credit.self).message.conversations == 8)
                for number in 1...7 as ClosedRange<UInt64> {
                    var delivery = try Sample.delivery(Int64(number), conversation: number)
                    delivery.peer = PeerID("\(number)")
                    connection.write(delivery)
                }
                async let properties = worker.access("x")
                try await connection.opened(99)
                #expect(try await properties != nil)
                // Signals of the access come before anything else.
                _ = try await connection.next(Signal.self)
                _ = try await connection.next(Signal.self)
                var last = try Sample.delivery(9, conversation: 8)
                last.peer = PeerID("8")
                connection.write(last)
                for _ in 1...8 {
                    let acknowledge = try await connection.next(Acknowledge.self)
                    connection.write(
                        Acknowledged(handled: acknowledge.message.seq),
                        request: acknowledge.request)
                }
            }
        }
    }

    @Test func `an event that was handled isn't handled again`() async throws {
        try await ScriptedBroker.with { broker in
            let calls = Atomic(0)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in
                        message.record(try #require(ExternalID("x1")))
                        calls.add(1, ordering: .relaxed)
                        await Task.yield()
                    }
                }
            ) { _ in
                var connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                try await connection.answer(Acknowledge.self, Acknowledged(handled: 1))
                try await connection.cut()
                // A database that was put back to an earlier day delivers it again.
                connection = try await broker.welcome(epoch: 2)
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                let again = try await connection.answer(
                    Acknowledge.self, Acknowledged(handled: 1))
                #expect(again.external.map(\.text) == ["x1"])
                #expect(calls.load(ordering: .relaxed) == 1)
            }
        }
    }

    @Test func `an answer has the same key however often its message comes`() async throws {
        try await ScriptedBroker.with { broker in
            let calls = Atomic(0)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { message in
                        try await message.answer("one")
                        try await message.answer("two", quoting: true)
                        if calls.add(1, ordering: .relaxed).newValue == 1 { throw Mishap() }
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                var keys: [[String]] = []
                for _ in 1...2 {
                    connection.write(try known(1))
                    let one = try await connection.answer(Send.self, stored())
                    let two = try await connection.answer(Send.self, stored())
                    #expect(one.body == "one" && one.replyTo == nil)
                    #expect(two.body == "two" && two.replyTo == Sample.eventID(1 << 32 | 1))
                    keys.append([one.key.text, two.key.text])
                    let frame = try await connection.next()
                    connection.write(Released(), request: frame.request)
                }
                #expect(keys[0] == keys[1])
                #expect(keys[0][0] != keys[0][1])
            }
        }
    }

    @Test func `a fenced worker stops what it does at once`() async throws {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withWorker(
                of: broker,
                configure: { configuration in
                    configuration.connection.fencedBackoff = Backoff(
                        first: .milliseconds(20), longest: .milliseconds(20))
                },
                register: { worker in
                    worker.onMessage { message in
                        guard message.event.seq == 1 else {
                            sink.yield("second")
                            return
                        }
                        sink.yield("begun")
                        do {
                            try await Task.sleep(for: .seconds(600))
                        } catch {
                            sink.yield("stopped")
                            throw error
                        }
                    }
                }
            ) { worker in
                var connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try known(1))
                var order = seen.makeAsyncIterator()
                #expect(await order.next() == "begun")
                connection.write(Goodbye(.fenced, "Another took over.", reconnect: true))
                #expect(await order.next() == "stopped")
                #expect(worker.broker.status.isFenced)
                // Later it may be its turn again, and it works as before.
                connection = try await broker.welcome()
                // What was stopped is given back, before or after the new credit; until the broker has
                // answered that, nothing else of the conversation begins.
                let frames = [try await connection.next(), try await connection.next()]
                #expect(Set(frames.map(\.type)) == [NegativeAcknowledge.type, Credit.type])
                let release = try #require(
                    frames.first { $0.type == NegativeAcknowledge.type }?.request)
                connection.write(Released(), request: release)
                connection.write(try known(2))
                #expect(await order.next() == "second")
            }
        }
    }
}
