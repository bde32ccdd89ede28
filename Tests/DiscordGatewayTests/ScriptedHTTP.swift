import NIOCore
import NIOPosix
import Synchronization

/// An HTTP server on a free port that answers each request as the test wrote down, byte for byte.
final class ScriptedHTTP: Sendable {
    /// What happens when a request has come whole.
    enum Reply: Sendable {
        /// These bytes are said.
        case raw(String)
        /// These bytes are said, and the connection ends.
        case cutAfter(String)
        /// Nothing is said.
        case silence

        /// An answer with a body that is as long as it says.
        static func answer(_ status: String, _ body: String = "", _ fields: String...) -> Reply {
            let head = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + fields
            return .raw(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
        }
    }

    private struct State {
        var replies: [Reply]
        var requests: [String] = []
        var channels: [any Channel] = []
    }

    private let state: Mutex<State>
    private let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)

    /// Runs a test with a server at this address, and ends it afterwards.
    static func with(
        _ replies: [Reply], _ body: (ScriptedHTTP, String) async throws -> Void
    ) async throws {
        let server = ScriptedHTTP(replies)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    server.state.withLock { $0.channels.append(channel) }
                    try channel.pipeline.syncOperations.addHandler(RequestReader(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let failure: (any Error)?
        do {
            try await body(server, "http://127.0.0.1:\(listener.localAddress?.port ?? 0)/api/v10")
            failure = nil
        } catch {
            failure = error
        }
        try await listener.close()
        for channel in server.state.withLock({ $0.channels }) { try? await channel.close() }
        if let failure { throw failure }
    }

    private init(_ replies: [Reply]) { self.state = Mutex(State(replies: replies)) }

    /// The requests that came whole, head and body.
    var requests: [String] { self.state.withLock { $0.requests } }

    /// Waits until so many requests have come, or until the test is cancelled.
    func wait(for count: Int) async {
        guard self.requests.count < count else { return }
        for await _ in self.arrivals where self.requests.count >= count { return }
    }

    /// The next reply; when none is left, the server keeps silent.
    fileprivate func received(_ request: String) -> Reply {
        defer { self.arrived.yield() }
        return self.state.withLock { state in
            state.requests.append(request)
            return state.replies.isEmpty ? .silence : state.replies.removeFirst()
        }
    }
}

/// Waits for whole requests, and does what the script says.
private final class RequestReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let server: ScriptedHTTP
    private var text = ""

    init(_ server: ScriptedHTTP) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.text += String(buffer: Self.unwrapInboundIn(data))
        guard let end = self.text.range(ofHead: "\r\n\r\n") else { return }
        let length = self.text[..<end].lowercased().split(separator: "\r\n")
            .first { $0.hasPrefix("content-length: ") }
            .flatMap { Int($0.dropFirst(16)) }
        guard self.text[end...].utf8.count >= length ?? 0 else { return }
        let reply = self.server.received(self.text)
        self.text = ""
        switch reply {
        case .silence: break
        case .raw(let bytes): self.say(bytes, context)
        case .cutAfter(let bytes):
            self.say(bytes, context)
            context.close(promise: nil)
        }
    }

    private func say(_ bytes: String, _ context: ChannelHandlerContext) {
        let buffer = context.channel.allocator.buffer(string: bytes)
        context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil)
    }
}

extension String {
    /// The index behind the first occurrence of a text.
    fileprivate func range(ofHead text: String) -> Index? {
        guard let range = self.firstRange(of: text) else { return nil }
        return range.upperBound
    }
}
