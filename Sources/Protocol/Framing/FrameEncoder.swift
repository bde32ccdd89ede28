public import NIOCore
public import StrictJSON

/// Makes frames: the length of a body in four bytes, big-endian, and the body.
public enum FrameEncoder {
    /// The frame of a body that was written as JSON.
    public static func frame(_ body: [UInt8]) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.reserveCapacity(4 + body.count)
        frame.writeInteger(UInt32(clamping: body.count), endianness: .big)
        frame.writeBytes(body)
        return frame
    }

    /// The frame of an object whose members the body writes.
    public static func frame(_ body: (inout JSONWriter) -> Void) -> ByteBuffer {
        var writer = JSONWriter()
        writer.object(body)
        return FrameEncoder.frame(writer.bytes)
    }
}
