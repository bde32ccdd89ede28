/// How large and how fragmented a message may be.
package struct WebSocketLimits: Sendable, Equatable {
    /// Bytes of one message, all fragments together; also the limit of one frame. 1…`UInt32.max`.
    package var messageBytesMax: Int
    /// Frames of one message: empty fragments cost us work and no bytes, so they are counted.
    package var fragmentsMax: Int

    /// Limits that are at least 1 and at most what the frame decoder can take.
    package init(messageBytesMax: Int, fragmentsMax: Int = 1024) {
        self.messageBytesMax = min(max(messageBytesMax, 1), Int(UInt32.max))
        self.fragmentsMax = max(fragmentsMax, 1)
    }

    /// The largest frame that the codec must let through: a control frame is up to 125 bytes,
    /// however small our messages are.
    package var frameBytesMax: Int { max(self.messageBytesMax, 125) }
}
