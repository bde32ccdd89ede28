import NIOCore
import Protocol

/// What must hold of any bytes that come as a stream of frames.
enum FrameProperty {
    private static let limit = 300

    /// What doesn't hold, or `nil`. The first byte says in what pieces the others come.
    static func violation(of bytes: [UInt8]) -> String? {
        let stream = Array(bytes.dropFirst())
        let whole = self.bodies(of: [stream])
        let size = Int(bytes.first ?? 0) % 7 + 1
        let pieces = stride(from: 0, to: stream.count, by: size).map {
            Array(stream[$0..<min($0 + size, stream.count)])
        }
        let divided = self.bodies(of: pieces)
        if divided.bodies != whole.bodies { return "in pieces other bodies come out" }
        if divided.error != whole.error { return "in pieces another error comes" }
        let written = whole.bodies.flatMap { Array(FrameEncoder.frame($0).readableBytesView) }
        if !stream.starts(with: written) { return "the bodies aren't what came in" }
        if whole.bodies.contains(where: { $0.isEmpty || $0.count > self.limit }) {
            return "a body has a length that may not be"
        }
        return nil
    }

    private static func bodies(
        of pieces: [[UInt8]]
    ) -> (bodies: [[UInt8]], error: FramingError?) {
        var decoder = FrameDecoder(limit: self.limit)
        var bodies: [[UInt8]] = []
        do {
            for piece in pieces {
                decoder.received(ByteBuffer(bytes: piece))
                while let body = try decoder.next() { bodies.append(Array(body.readableBytesView)) }
            }
            return (bodies, nil)
        } catch {
            return (bodies, error)
        }
    }
}
