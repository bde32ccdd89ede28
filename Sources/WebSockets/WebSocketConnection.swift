package import NIOCore

/// What arrives, in order; `.closed` is last.
///
/// Reading is what asks the network for more: a reader that stops holds the peer up and never
/// fills memory.
package struct WebSocketInbound: AsyncSequence, Sendable {
    package typealias Element = WebSocketEvent

    private let stream: NIOAsyncChannelInboundStream<WebSocketEvent>

    init(_ stream: NIOAsyncChannelInboundStream<WebSocketEvent>) {
        self.stream = stream
    }

    /// An iterator; only one may ever be made.
    package func makeAsyncIterator() -> Iterator {
        Iterator(base: self.stream.makeAsyncIterator())
    }

    /// Passes events on until `.closed` has been passed.
    package struct Iterator: AsyncIteratorProtocol {
        var base: NIOAsyncChannelInboundStream<WebSocketEvent>.AsyncIterator
        private var isOver = false

        init(base: NIOAsyncChannelInboundStream<WebSocketEvent>.AsyncIterator) {
            self.base = base
        }

        /// The next event; nil after `.closed` or when the task was cancelled.
        package mutating func next() async throws -> WebSocketEvent? {
            guard !self.isOver else { return nil }
            let event = try await self.base.next()
            switch event {
            case .closed, nil: self.isOver = true
            case .text, .binary: break
            }
            return event
        }
    }
}

/// Sends on a WebSocket; may be shared between tasks.
package struct WebSocketWriter: Sendable {
    private let outbound: NIOAsyncChannelOutboundWriter<WebSocketOutbound>
    private let channel: any Channel

    init(outbound: NIOAsyncChannelOutboundWriter<WebSocketOutbound>, channel: any Channel) {
        self.outbound = outbound
        self.channel = channel
    }

    /// Sends a whole text message; waits while the socket's buffer is full.
    package func send(text: String) async throws {
        try await self.outbound.write(.text(ByteBuffer(string: text)))
    }

    /// Sends a whole text message of UTF-8 bytes.
    package func send(text: ByteBuffer) async throws {
        try await self.outbound.write(.text(text))
    }

    /// Sends a whole binary message.
    package func send(binary: ByteBuffer) async throws {
        try await self.outbound.write(.binary(binary))
    }

    /// Sends a ping.
    package func ping() async throws {
        try await self.outbound.write(.ping)
    }

    /// Starts the closing handshake; the answer arrives as `.closed`, or after the time limit as
    /// `.closed(nil)`.
    package func close(code: UInt16, reason: String = "") async throws {
        try await self.outbound.write(.close(code: code, reason: reason))
    }

    /// Closes TCP at once, without a close frame.
    package func drop() {
        self.channel.close(promise: nil)
    }
}
