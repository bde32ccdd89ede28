import Crypto
import FoundationEssentials
import NIOCore
import NIOPosix
import Testing

@testable import WebSockets

/// A server that answers the request for an upgrade with `answer` and closes, all in one go.
private final class HastyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: (String) -> [UInt8]
    private var request = ""

    init(_ answer: @escaping (String) -> [UInt8]) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.request += String(buffer: Self.unwrapInboundIn(data))
        guard self.request.hasSuffix("\r\n\r\n") else { return }
        let key =
            self.request.split(separator: "\r\n")
            .first { $0.lowercased().hasPrefix("sec-websocket-key:") }?
            .split(separator: " ").last ?? ""
        let bytes = ByteBuffer(bytes: self.answer(Self.accept(key)))
        context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
        context.close(promise: nil)
    }

    /// RFC 6455, 4.2.2.
    private static func accept(_ key: Substring) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(hash.finalize()).base64EncodedString()
    }
}

/// Runs `body` with the address of such a server, and a client on the same event loop: all of the
/// answer and its end lie there when the client reads.
private func withHastyServer(
    _ answer: @escaping @Sendable (String) -> [UInt8],
    _ body: @Sendable (String, WebSocketClient) async throws -> Void
) async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let server = try await ServerBootstrap(group: loop)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(HastyHandler(answer))
            }
        }
        .bind(host: "127.0.0.1", port: 0).get()
    let client = WebSocketClient(
        limits: WebSocketLimits(messageBytesMax: 1_000), eventLoopGroup: loop)
    do {
        try await body("ws://127.0.0.1:\(server.localAddress?.port ?? 0)/", client)
    } catch {
        try await server.close()
        throw error
    }
    try await server.close()
}

private func switching(_ accept: String) -> [UInt8] {
    Array(
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(accept)\r\n\r\n").utf8)
}

private func text(_ text: String) -> [UInt8] { [0x81, UInt8(text.utf8.count)] + text.utf8 }

@Suite(.timeLimit(.minutes(1))) struct UpgradeTests {
    @Test(arguments: ["", "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"])
    func `what comes in one go with the answer and the end is heard`(before: String) async throws {
        let answer: @Sendable (String) -> [UInt8] = { accept in
            before.utf8 + switching(accept) + text("one") + text("two")
                + [0x88, 0x06, 0x0F, 0xA1] + "gone".utf8
        }
        try await withHastyServer(answer) { url, client in
            let heard = try await client.withWebSocket(url: url) { inbound, _ in
                var events: [WebSocketEvent] = []
                for try await event in inbound { events.append(event) }
                return events
            }
            #expect(
                heard == [
                    .text(ByteBuffer(string: "one")), .text(ByteBuffer(string: "two")),
                    .closed(code: 4001, reason: "gone"),
                ])
        }
    }

    @Test func `a connection that ends without a close frame is heard to its end`() async throws {
        try await withHastyServer({ switching($0) + text("one") }) { url, client in
            let heard = try await client.withWebSocket(url: url) { inbound, _ in
                var events: [WebSocketEvent] = []
                for try await event in inbound { events.append(event) }
                return events
            }
            #expect(heard == [.text(ByteBuffer(string: "one")), .closed(code: nil, reason: "")])
        }
    }

    @Test func `a refusal with a body and the end behind it tells its status`() async throws {
        let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"
        try await withHastyServer({ _ in Array(answer.utf8) }) { url, client in
            await #expect(throws: WebSocketError.refused(status: 404)) {
                try await client.withWebSocket(url: url) { _, _ in }
            }
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 101 Swit", "nonsense\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: wrong\r\n\r\n",
    ])
    func `an answer that is none fails at once`(answer: String) async throws {
        try await withHastyServer({ _ in Array(answer.utf8) }) { url, client in
            await #expect(throws: (any Error).self) {
                try await client.withWebSocket(url: url) { _, _ in }
            }
        }
    }
}

@Suite struct ResponseHeadScanTests {
    private static let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\n\r\n"
    private static let hints = "HTTP/1.1 103 Early Hints\r\n\r\n"

    @Test(arguments: [head, hints + head, "\r\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"])
    func `the end is found wherever the bytes are cut`(head: String) {
        let bytes = Array((head + "frames\r\n\r\n").utf8)
        for cut in 0...bytes.count {
            var scan = ResponseHeadScan()
            let first = scan.end(in: ByteBuffer(bytes: bytes[..<cut]).readableBytesView)
            if cut >= head.utf8.count {
                #expect(first == head.utf8.count)
            } else {
                #expect(first == nil)
                let second = scan.end(in: ByteBuffer(bytes: bytes[cut...]).readableBytesView)
                #expect(second.map { $0 + cut } == head.utf8.count)
            }
        }
    }
}
