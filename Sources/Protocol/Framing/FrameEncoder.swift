public import NIOCore
public import StrictJSON

/// Makes frames: the length of a body in four bytes, big-endian, and the body.
public enum FrameEncoder {
    /// The frame of a body that was written as JSON.
    public static func frame(_ body: [UInt8]) -> ByteBuffer {
        Self.frames([body])
    }

    /// The frames of bodies that were written as JSON, one after the other.
    public static func frames(_ bodies: [[UInt8]]) -> ByteBuffer {
        var frames = ByteBuffer()
        frames.reserveCapacity(bodies.reduce(0) { $0 + 4 + $1.count })
        for body in bodies {
            frames.writeInteger(UInt32(clamping: body.count), endianness: .big)
            frames.writeBytes(body)
        }
        return frames
    }

    /// The frame of an object whose members the body writes.
    public static func frame(_ body: (inout JSONWriter) -> Void) -> ByteBuffer {
        var writer = JSONWriter()
        writer.object(body)
        return FrameEncoder.frame(writer.bytes)
    }
}
