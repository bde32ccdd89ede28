package import NIOCore

/// What arrives on a WebSocket, above frames.
package enum WebSocketEvent: Equatable, Sendable {
    /// A whole text message, valid UTF-8.
    case text(ByteBuffer)
    /// A whole binary message.
    case binary(ByteBuffer)
    /// The last event, exactly once.
    ///
    /// `code` is the peer's (1005 when its close frame had none), or ours when the peer broke the
    /// protocol (1002, 1007, 1009), or nil when the connection was lost without a close frame.
    case closed(code: UInt16?, reason: String)
}

/// What can be sent on a WebSocket.
package enum WebSocketOutbound: Equatable, Sendable {
    /// A whole text message; the bytes must be UTF-8.
    case text(ByteBuffer)
    /// A whole binary message.
    case binary(ByteBuffer)
    /// A ping without payload; its pong is seen only by the dead-peer watch.
    case ping
    /// Starts the closing handshake. A code that may not stand on the wire sends an empty close
    /// frame; the reason is cut to 123 bytes.
    case close(code: UInt16, reason: String)
}

/// Why a WebSocket could not be opened or written.
package enum WebSocketError: Error, Equatable, Sendable {
    /// The address isn't `ws://host[:port][/path][?query]` or `wss://…`.
    case invalidAddress
    /// The server answered the upgrade with this HTTP status.
    case refused(status: UInt)
    /// No upgrade within the time limit.
    case timedOut
    /// The closing handshake has begun: nothing more can be sent.
    case closing
}
