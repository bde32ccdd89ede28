import NIOCore
import NIOPosix
import Protocol
import StrictJSON
import Testing

/// A gateway's end of a real socket: says frames and reads them, nothing more.
final class TestGateway {
    private let channel: any Channel
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var decoder = FrameDecoder(limit: Limits.frameBytes)
    private var number: Int64 = 0
    /// What came unasked while an answer was awaited.
    private(set) var pushes: [Envelope] = []

    private init(
        _ channel: any Channel,
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Connects and runs the body; the connection ends with it.
    static func connected(
        to path: String, _ body: (TestGateway) async throws -> Void
    ) async throws {
        let wrapped = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        try await wrapped.executeThenClose { inbound, outbound in
            try await body(
                TestGateway(wrapped.channel, inbound.makeAsyncIterator(), outbound))
        }
    }

    /// Connects, says hello and runs the body.
    static func welcomed(
        to path: String, as service: String, _ mode: Mode, box: String = "main",
        _ body: (TestGateway) async throws -> Void
    ) async throws {
        try await self.connected(to: path) { gateway in
            let hello = Hello(
                box: try name(box), service: try name(service), instance: try name("test"),
                mode: mode, agent: "test")
            try await gateway.say(hello.encoded())
            let welcome = try #require(try await gateway.next())
            #expect(welcome.type == "welcome")
            try await body(gateway)
        }
    }

    func say(_ body: [UInt8]) async throws {
        try await self.outbound.write(FrameEncoder.frame(body))
    }

    func write(raw bytes: [UInt8]) async throws {
        try await self.outbound.write(ByteBuffer(bytes: bytes))
    }

    /// The next frame, or `nil` when the broker has closed.
    func next() async throws -> Envelope? {
        while true {
            if let body = try self.decoder.next() { return try Envelope(body) }
            guard let bytes = try await self.inbound.next() else { return nil }
            self.decoder.received(bytes)
        }
    }

    /// Asks, and reads on until the answer.
    func ask<Request: WireRequest>(_ request: Request) async throws -> Request.Answer {
        let answer = try await self.answer(to: request)
        if answer.type == Refused.type { throw try Refused(answer.fields) }
        return try Request.Answer(answer.fields)
    }

    /// Asks many things, as many at a time as may be unanswered, and reads every answer.
    func askAll<Request: WireRequest>(_ requests: [Request]) async throws {
        let first = self.number + 1
        var (sent, answered) = (0, 0)
        while answered < requests.count {
            while sent < requests.count, sent - answered < Limits.unansweredRequests {
                try await self.say(requests[sent].encoded(request: first + Int64(sent)))
                sent += 1
            }
            guard let envelope = try await self.next() else { throw Closed() }
            guard envelope.request != nil else {
                self.pushes.append(envelope)
                continue
            }
            #expect(envelope.type == Request.Answer.type)
            answered += 1
        }
        self.number += Int64(requests.count)
    }

    /// The deliveries among what came unasked.
    func deliveries() throws -> [Delivery] {
        try self.pushes.filter { $0.type == Delivery.type }.map { try Delivery($0.fields) }
    }

    private func answer(to request: some WireRequest) async throws -> Envelope {
        self.number += 1
        try await self.say(request.encoded(request: self.number))
        while let envelope = try await self.next() {
            if envelope.request == self.number { return envelope }
            self.pushes.append(envelope)
        }
        throw Closed()
    }
    struct Closed: Error {}

    /// The next push of a type, among those that came already or will come.
    func push<Message: WireMessage>(_ type: Message.Type) async throws -> Message {
        if let index = self.pushes.firstIndex(where: { $0.type == Message.type }) {
            return try Message(self.pushes.remove(at: index).fields)
        }
        while let envelope = try await self.next() {
            if envelope.type == Message.type { return try Message(envelope.fields) }
            self.pushes.append(envelope)
        }
        throw Closed()
    }
}
