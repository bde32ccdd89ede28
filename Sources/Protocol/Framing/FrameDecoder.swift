public import NIOCore

/// Cuts a stream of bytes into frame bodies: a length of four bytes, big-endian, and that many
/// bytes of JSON.
///
/// Pure: bytes go in as they come, in pieces of any size, and whole bodies come out. It refuses a
/// length before it buffers anything for it.
public struct FrameDecoder: Sendable {
    private var buffer = ByteBuffer()
    private var failure: FramingError?
    /// The longest body taken, in bytes. The handshake raises it from 4 KiB to 1 MiB.
    public var limit: Int

    /// A decoder that takes bodies of up to `limit` bytes.
    public init(limit: Int = Limits.handshakeFrameBytes) {
        self.limit = limit
    }

    /// Whether the stream stands in the middle of a frame: its end now would cut one.
    public var isInsideFrame: Bool { self.buffer.readableBytes > 0 }

    /// How many bytes of memory it holds, read or not.
    package var storageBytes: Int { self.buffer.storageCapacity }

    /// Takes the next piece of the stream.
    public mutating func received(_ bytes: ByteBuffer) {
        guard self.failure == nil else { return }
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
        } else {
            // A buffer keeps what was read until it is empty, which it never is while a faster sender's
            // pieces end inside of frames. At most as much is moved as was read since.
            if self.buffer.readerIndex > self.buffer.readableBytes {
                self.buffer.discardReadBytes()
            }
            self.buffer.writeImmutableBuffer(bytes)
        }
    }

    /// The next whole body, or `nil` if more bytes are needed.
    ///
    /// - Throws: `FramingError`; the stream can't be read on then, and every later call throws the
    ///   same.
    public mutating func next() throws(FramingError) -> ByteBuffer? {
        if let failure = self.failure { throw failure }
        guard
            let length = self.buffer.getInteger(
                at: self.buffer.readerIndex, endianness: .big, as: UInt32.self)
        else { return nil }
        guard length > 0 else { throw self.fail(.empty) }
        guard length <= UInt32(clamping: self.limit) else {
            throw self.fail(.tooLarge(length: length, limit: self.limit))
        }
        guard self.buffer.readableBytes >= 4 + Int(length) else { return nil }
        self.buffer.moveReaderIndex(forwardBy: 4)
        let body = self.buffer.readSlice(length: Int(length))
        if self.buffer.readableBytes == 0 {
            self.buffer = ByteBuffer()
        }
        return body
    }

    private mutating func fail(_ error: FramingError) -> FramingError {
        self.failure = error
        self.buffer = ByteBuffer()
        return error
    }
}
