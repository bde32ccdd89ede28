import NIOCore

/// Writes frames to the connection that stands, on the receive loop.
final class FrameWriter {
    /// The connection; `nil` while there is none, and then nothing is written.
    var channel: (any Channel)?
    private let eventLoop: any EventLoop
    private var isFlushScheduled = false

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Whether the broker takes what is written.
    var isWritable: Bool { self.channel?.isWritable ?? false }

    /// Writes frames. What is written in one turn of the loop leaves with one system call.
    func write(_ frames: [ByteBuffer]) {
        guard let channel = self.channel, !frames.isEmpty else { return }
        for frame in frames { channel.write(frame, promise: nil) }
        guard !self.isFlushScheduled else { return }
        self.isFlushScheduled = true
        self.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.channel?.flush()
        }
    }

    /// Closes the connection after what was written, and a last frame if there is one.
    func close(after frame: ByteBuffer? = nil) {
        guard let channel = self.channel else { return }
        if let frame { channel.writeAndFlush(frame, promise: nil) }
        channel.close(promise: nil)
    }
}
