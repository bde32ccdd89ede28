import NIOCore

/// Finds where the head of an HTTP response ends in bytes that come in pieces.
///
/// Informational responses (103, say) may stand before the one that counts; 101 is no such one.
struct ResponseHeadScan: Equatable, Sendable {
    /// How many bytes of the end, `\r\n\r\n`, came last.
    private var matched = 0
    /// The beginning of the response's first line, as far as its status.
    private var beginning: [UInt8] = []

    /// `HTTP/1.1 101`.
    private static let beginningBytes = 12

    /// How many of the bytes belong to the head; `nil` if it goes on behind them.
    mutating func end(in bytes: ByteBufferView) -> Int? {
        var count = 0
        for byte in bytes {
            count += 1
            if self.beginning.count < Self.beginningBytes { self.beginning.append(byte) }
            switch (byte, self.matched) {
            case (UInt8(ascii: "\r"), 0), (UInt8(ascii: "\r"), 2),
                (UInt8(ascii: "\n"), 1), (UInt8(ascii: "\n"), 3):
                self.matched += 1
            case (UInt8(ascii: "\r"), _): self.matched = 1
            default: self.matched = 0
            }
            guard self.matched == 4 else { continue }
            guard self.isInformational else { return count }
            self = ResponseHeadScan()
        }
        return nil
    }

    private var isInformational: Bool {
        let status = self.beginning.suffix(3)
        return self.beginning.count == Self.beginningBytes && status.first == UInt8(ascii: "1")
            && !status.elementsEqual("101".utf8)
    }
}
