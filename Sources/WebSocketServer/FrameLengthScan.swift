/// Looks at the lengths in a stream of WebSocket frames, of which SwiftNIO's decoder tells only what
/// they come to.
///
/// RFC 6455, 5.2: a length is written in the fewest bytes that hold it, and one of 64 bits has its
/// top bit clear. Who writes it otherwise may be read otherwise by a proxy between us.
///
/// Pure: the stream goes in, in pieces of any size.
struct FrameLengthScan {
    private enum State {
        /// So many bytes until the next frame begins.
        case skipping(UInt64)
        /// Before the byte that says how the length is written.
        case beforeLength
        /// Amid a longer length: what it comes to so far, bytes left of it, and the least that may
        /// be written so.
        case inLength(UInt64, left: Int, least: UInt64, mask: UInt64)
    }
    private var state = State.skipping(0)

    /// Takes the next piece of the stream.
    ///
    /// - Returns: how many of its bytes stand before the fault; `nil` if there is none. After a fault
    ///   there is nothing more to take.
    mutating func fault(in bytes: some RandomAccessCollection<UInt8>) -> Int? {
        var rest = bytes[...]
        while !rest.isEmpty {
            if case .skipping(let left) = self.state, left > 0 {
                let skipped = min(left, UInt64(rest.count))
                rest = rest.dropFirst(Int(skipped))
                self.state = .skipping(left - skipped)
                continue
            }
            guard let byte = rest.first, self.isRight(byte) else { return bytes.count - rest.count }
            rest = rest.dropFirst()
        }
        return nil
    }

    /// Takes a byte of a frame's head; whether it may stand there.
    private mutating func isRight(_ byte: UInt8) -> Bool {
        switch self.state {
        case .skipping: self.state = .beforeLength
        case .beforeLength:
            let mask: UInt64 = byte & 0x80 == 0 ? 0 : 4
            switch byte & 0x7F {
            case 126: self.state = .inLength(0, left: 2, least: 126, mask: mask)
            case 127: self.state = .inLength(0, left: 8, least: 0x1_0000, mask: mask)
            case let length: self.state = .skipping(UInt64(length) + mask)
            }
        case .inLength(let before, let left, let least, let mask):
            let length = before << 8 | UInt64(byte)
            if left == 8, byte & 0x80 != 0 { return false }
            if left > 1 {
                self.state = .inLength(length, left: left - 1, least: least, mask: mask)
            } else {
                // The top bit is clear, so there is room for the mask.
                guard length >= least else { return false }
                self.state = .skipping(length + mask)
            }
        }
        return true
    }
}
