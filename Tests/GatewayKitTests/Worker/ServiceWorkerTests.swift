import Foundation
import GatewayKit
import Protocol
import Testing

/// Who a worker is, and which callback hears of what.
@Suite(.timeLimit(.minutes(1))) struct ServiceWorkerTests {
    @Test func `the kind of ids is said by itself, and no callback is needed`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(of: broker, UUID.self) { worker in
                let connection = try await broker.accept()
                let hello = try await connection.next(Hello.self).message
                #expect(hello.peerKind == .uuid)
                #expect(hello.mode == .consumer)
                connection.write(Sample.welcome())
                async let client = worker.access(UUID(), createIfAbsent: false)
                let open = try await connection.next(Open.self)
                connection.write(Refused(.notFound, "None."), request: open.request)
                #expect(try await client == nil)
            }
        }
    }

    @Test func `a new client is named and bound before its first message`() async throws {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withWorker(
                of: broker, Int64.self,
                register: { worker in
                    worker.onNewClient { client in
                        sink.yield("new \(client.event.body)")
                        return 7
                    }
                    worker.onMessage { message in
                        sink.yield("\(message.client.id) \(message.text) \(message.author.name)")
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                #expect(try await connection.next(Credit.self).message.conversations == 16)
                connection.write(try Sample.delivery(1))
                let bind = try await connection.answer(Bind.self, Bound())
                #expect(bind.peer.text == "7")
                #expect(try await connection.next(Acknowledge.self).message.seq == 1)
                var order = seen.makeAsyncIterator()
                #expect(await order.next() == "new body 1")
                #expect(await order.next() == "7 body 1 Ann")
            }
        }
    }

    @Test func `without that callback a client is called after its conversation`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(
                of: broker, register: { $0.onMessage { _ in } }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(1))
                let bind = try await connection.answer(Bind.self, Bound())
                #expect(bind.peer.text == Sample.conversation().description)
                _ = try await connection.next(Acknowledge.self)
            }
        }
    }

    @Test func `an id that can't be one is no id, and the message waits`() async throws {
        try await ScriptedBroker.with { broker in
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onNewClient { _ in "" }
                    worker.onMessage { _ in }
                }
            ) { worker in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                connection.write(try Sample.delivery(1))
                _ = try await connection.next(NegativeAcknowledge.self)
                await #expect(throws: GatewayError.peerInvalid("")) { try await worker.access("") }
            }
        }
    }

    @Test func `what was set aside goes to the callback for changes, with its reason`() async throws
    {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { _ in Issue.record("It is no message.") }
                    worker.onChange {
                        sink.yield("\($0.event.kind.text): \($0.delivery.setAside?.code ?? "")")
                    }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                var delivery = try known(1, kind: .setAside)
                delivery.setAside = SetAside(kind: .message, code: "poison", reason: "Deadly.")
                connection.write(delivery)
                try await connection.answer(Acknowledge.self, Acknowledged(handled: 1))
                var order = seen.makeAsyncIterator()
                #expect(await order.next() == "set_aside: poison")
            }
        }
    }

    @Test func `edits and the like go to a callback of their own, or count as handled`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withWorker(
                of: broker,
                register: { worker in
                    worker.onMessage { sink.yield("message \($0.event.seq)") }
                    worker.onChange { sink.yield("\($0.event.kind.text) \($0.event.seq)") }
                }
            ) { _ in
                let connection = try await broker.welcome()
                _ = try await connection.next(Credit.self)
                var deleted = try known(6)
                deleted.event.isDeleted = true
                let deliveries = [
                    try known(1), try known(2, kind: .edit), try known(3, kind: .deletion),
                    try known(4, kind: .requeue), try known(5, kind: Event.Kind("weather")),
                    deleted, try known(7),
                ]
                for delivery in deliveries {
                    connection.write(delivery)
                    let handled = Acknowledged(handled: delivery.event.seq)
                    try await connection.answer(Acknowledge.self, handled)
                }
                var order = seen.makeAsyncIterator()
                for expected in [
                    "message 1", "edit 2", "deletion 3", "message 4", "weather 5", "message 7",
                ] {
                    #expect(await order.next() == expected)
                }
            }
        }
    }

    @Test func `an access on another service is told, also to a callback that blocks`()
        async throws
    {
        try await ScriptedBroker.with { broker in
            let (seen, sink) = AsyncStream.makeStream(of: String.self)
            try await withWorker(
                of: broker, register: { $0.onAccess { client in sink.yield(client.id) } }
            ) { _ in
                let connection = try await broker.welcome()
                let signal = Signal(conversation: Sample.conversation(), kind: .access)
                let web = try Sample.name("web")
                // One that this service doesn't know yet is no client of it.
                connection.write(SignalPush(signal: signal, service: web))
                connection.write(SignalPush(signal: signal, service: web, peer: PeerID("ann")))
                var order = seen.makeAsyncIterator()
                #expect(await order.next() == "ann")
            }
        }
    }

    @Test(arguments: ["", "a b", String(repeating: "x", count: 65)])
    func `a name that can't be one is refused at once`(name: String) {
        #expect(throws: GatewayError.nameInvalid(name)) {
            try ServiceWorker<String>(service: name)
        }
        #expect(throws: GatewayError.nameInvalid(name)) {
            try ServiceWorker<String>(box: name, service: "x")
        }
        #expect("\(GatewayError.nameInvalid(name))".contains("1–64 bytes"))
    }
}
