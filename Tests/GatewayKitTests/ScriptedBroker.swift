import Foundation
import NIOCore
import NIOPosix
import Protocol
import StrictJSON
import Testing

/// A broker that says what the test says, on a real Unix socket in a folder of its own.
final class ScriptedBroker: Sendable {
    /// The socket.
    let path: String
    private let listener: any Channel
    private let accepted: AsyncStream<Connection>

    /// Runs a test with a broker, and removes it afterwards.
    static func with(_ body: (ScriptedBroker) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "kit-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let broker = try await ScriptedBroker(
            path: folder.appending(path: "b").path(percentEncoded: false))
        do {
            try await body(broker)
        } catch {
            try? await broker.listener.close()
            throw error
        }
        try await broker.listener.close()
    }

    private init(path: String) async throws {
        let (accepted, continuation) = AsyncStream.makeStream(of: Connection.self)
        self.path = path
        self.accepted = accepted
        self.listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (frames, sink) = AsyncStream.makeStream(of: Envelope.self)
                    try channel.pipeline.syncOperations.addHandler(FrameSink(sink))
                    continuation.yield(Connection(channel: channel, frames: frames))
                }
            }
            .bind(unixDomainSocketPath: path).get()
    }

    /// The next connection.
    func accept() async throws -> Connection {
        for await connection in self.accepted { return connection }
        throw Ended()
    }

    /// The next connection, after its hello was answered.
    func welcome(epoch: UInt64 = 1) async throws -> Connection {
        let connection = try await self.accept()
        let hello = try await connection.next()
        #expect(hello.type == Hello.type)
        connection.write(Sample.welcome(epoch: epoch))
        return connection
    }

    struct Ended: Error {}

    /// The broker's end of one connection.
    struct Connection: Sendable {
        let channel: any Channel
        let frames: AsyncStream<Envelope>

        /// The next frame, pings left out.
        func next() async throws -> Envelope {
            for await frame in self.frames where frame.type != Ping.type { return frame }
            throw Ended()
        }

        /// The next frame, which must be of that kind.
        func next<Message: WireMessage>(
            _ kind: Message.Type
        ) async throws -> (message: Message, request: Int64) {
            let frame = try await self.next()
            #expect(frame.type == Message.type)
            return (try Message(frame.fields), frame.request ?? 0)
        }

        /// Waits until the gateway has closed the connection, and says how many frames came.
        @discardableResult
        func end() async -> [String] {
            var types: [String] = []
            for await frame in self.frames where frame.type != Ping.type {
                types.append(frame.type)
            }
            return types
        }

        /// Says something.
        func write(_ message: some WireMessage, request: Int64? = nil) {
            let frame = FrameEncoder.frame(message.encoded(request: request))
            self.channel.writeAndFlush(frame, promise: nil)
        }

        /// Cuts the connection.
        func cut() async throws { try await self.channel.close() }
    }
}

/// Turns what a gateway says into a sequence.
private final class FrameSink: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let sink: AsyncStream<Envelope>.Continuation
    private var decoder = FrameDecoder(limit: Limits.frameBytes)

    init(_ sink: AsyncStream<Envelope>.Continuation) { self.sink = sink }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.decoder.received(Self.unwrapInboundIn(data))
        do {
            while let body = try self.decoder.next() { self.sink.yield(try Envelope(body)) }
        } catch {
            Issue.record("The gateway sent what can't be read: \(error)")
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { self.sink.finish() }
}
