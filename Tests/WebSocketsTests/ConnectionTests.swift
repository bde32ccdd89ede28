import NIOCore
import NIOPosix
import Testing
import WebSockets

private func client(messageBytesMax: Int = 8 << 20) -> WebSocketClient {
    var client = WebSocketClient(limits: WebSocketLimits(messageBytesMax: messageBytesMax))
    client.configuration.closeTimeout = .seconds(20)
    return client
}

private func echo(_ port: Int) -> String { "ws://127.0.0.1:\(port)/echo" }

/// Sends bytes on a raw connection and collects all that is answered until the server closes.
///
/// `next` is sent when something was answered to `request`.
private func raw(
    _ port: Int, _ request: String, _ frames: [UInt8] = [], then next: String? = nil
) async throws -> String {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
    return try await channel.executeThenClose { inbound, outbound in
        var out = ByteBuffer(string: request)
        out.writeBytes(frames)
        try await outbound.write(out)
        var answer = ByteBuffer()
        var next = next
        for try await var bytes in inbound {
            answer.writeBuffer(&bytes)
            guard let text = next, String(buffer: answer).hasSuffix("page") else { continue }
            next = nil
            try await outbound.write(ByteBuffer(string: text))
        }
        return String(decoding: answer.readableBytesView, as: Unicode.ASCII.self)
    }
}

private func opening(
    _ path: String = "/echo", key: String = "dGhlIHNhbXBsZSBub25jZQ==", version: Int = 13,
    connection: String = "Upgrade"
) -> String {
    "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: \(connection)\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: \(version)\r\n\r\n"
}

@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    @Test func `messages of megabytes go both ways, after what the server says first`() async throws
    {
        let large = String(repeating: "é", count: 2 << 20)
        try await withEchoServer(messageBytesMax: 8 << 20) { port in
            let heard = try await client().withWebSocket(url: echo(port)) { inbound, writer in
                try await writer.send(text: large)
                try await writer.send(binary: ByteBuffer(bytes: [0, 255]))
                try await writer.ping()
                try await writer.close(code: 4000, reason: "enough")
                var events: [WebSocketEvent] = []
                for try await event in inbound { events.append(event) }
                return events
            }
            // What was on its way when we closed is discarded; the handshake is complete.
            #expect(heard.last == .closed(code: 4000, reason: ""))
        }
        try await withEchoServer(messageBytesMax: 8 << 20) { port in
            try await client().withWebSocket(url: echo(port)) { inbound, writer in
                var events = inbound.makeAsyncIterator()
                #expect(try await events.next() == .text(ByteBuffer(string: "hello")))
                try await writer.send(text: large)
                #expect(try await events.next() == .text(ByteBuffer(string: large)))
                try await writer.send(binary: ByteBuffer(bytes: [0, 255]))
                #expect(try await events.next() == .binary(ByteBuffer(bytes: [0, 255])))
            }
        }
    }

    @Test(arguments: [1000, 1012, 4004] as [UInt16])
    func `the server's close code and reason arrive`(code: UInt16) async throws {
        try await withEchoServer { port in
            try await client().withWebSocket(url: echo(port)) { inbound, writer in
                try await writer.send(text: "close \(code)")
                var last: WebSocketEvent?
                for try await event in inbound { last = event }
                #expect(last == .closed(code: code, reason: "as you like"))
            }
        }
    }

    @Test func `a lost connection is closed without a code`() async throws {
        try await withEchoServer { port in
            try await client().withWebSocket(url: echo(port)) { inbound, writer in
                try await writer.send(text: "drop")
                var last: WebSocketEvent?
                for try await event in inbound { last = event }
                #expect(last == .closed(code: nil, reason: ""))
            }
        }
    }

    @Test func `a message over the limit closes with 1009 on both sides`() async throws {
        try await withEchoServer(messageBytesMax: 1000) { port in
            try await client().withWebSocket(url: echo(port)) { inbound, writer in
                try await writer.send(text: String(repeating: "a", count: 1001))
                var last: WebSocketEvent?
                for try await event in inbound { last = event }
                #expect(last == .closed(code: 1009, reason: "frame too big"))
            }
            try await client(messageBytesMax: 10).withWebSocket(url: echo(port)) {
                inbound, writer in
                try await writer.send(text: String(repeating: "a", count: 11))
                var last: WebSocketEvent?
                for try await event in inbound { last = event }
                #expect(last == .closed(code: 1009, reason: "message too big"))
            }
        }
    }

    @Test func `a server that shuts down closes with 1012`() async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let (opened, open) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await withEchoServer { number in
                    port.yield(number)
                    for await _ in opened { break }
                }
            }
            for await number in ports {
                try await client().withWebSocket(url: echo(number)) { inbound, _ in
                    var last: WebSocketEvent?
                    for try await event in inbound {
                        open.yield()
                        last = event
                    }
                    #expect(last == .closed(code: 1012, reason: "restarting"))
                }
                break
            }
            try await tasks.waitForAll()
        }
    }

    @Test func `a refused upgrade tells its status`() async throws {
        try await withEchoServer { port in
            await #expect(throws: WebSocketError.refused(status: 403)) {
                try await client().withWebSocket(url: "ws://127.0.0.1:\(port)/refused") { _, _ in }
            }
            await #expect(throws: WebSocketError.refused(status: 200)) {
                try await client().withWebSocket(url: "ws://127.0.0.1:\(port)/") { _, _ in }
            }
        }
    }

    @Test(arguments: [
        (opening(version: 8), "HTTP/1.1 426"),
        (opening(key: "short"), "HTTP/1.1 400"),
        (opening(connection: "close"), "HTTP/1.1 400"),
        (opening("/refused"), "HTTP/1.1 403"),
        ("NONSENSE\r\n\r\n", "HTTP/1.1 400"),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUpgrade: h2c\r\n\r\n", "HTTP/1.1 200"),
        ("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "HTTP/1.1 200"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 17_000))\r\n\r\n",
            "HTTP/1.1 431"
        ),
    ])
    func `every request is answered`(request: String, status: String) async throws {
        try await withEchoServer { port in
            let answer = try await raw(port, request)
            #expect(answer.hasPrefix(status))
        }
    }

    @Test func `an opening handshake on a used connection closes it unanswered`() async throws {
        try await withEchoServer { port in
            let used = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
            let answer = try await raw(port, used, then: opening())
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(!answer.contains("101"))
        }
    }

    @Test func `an unmasked client frame is answered by a close with 1002`() async throws {
        try await withEchoServer { port in
            let answer = try await raw(port, opening(), [0x81, 0x01, 0x61])
            #expect(answer.hasPrefix("HTTP/1.1 101"))
            #expect(answer.contains("client frames must be masked"))
        }
    }

    @Test func `a server that doesn't answer is given up`() async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = silent.localAddress?.port ?? 0
        var impatient = client()
        impatient.connectTimeout = .milliseconds(50)
        let hasty = impatient
        await #expect(throws: WebSocketError.timedOut) {
            try await hasty.withWebSocket(url: echo(port)) { _, _ in }
        }
        try await silent.close()
    }
}
