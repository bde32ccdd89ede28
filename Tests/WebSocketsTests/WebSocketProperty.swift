import NIOCore
import NIOWebSocket
import WebSockets

@testable import WebSocketServer

/// What must hold of any bytes that come as a stream of WebSocket frames.
enum WebSocketProperty {
    /// What doesn't hold, or `nil`. The first byte says in what pieces the others come.
    static func violation(of bytes: [UInt8]) -> String? {
        let stream = Array(bytes.dropFirst())
        let size = Int(bytes.first ?? 0) % 7 + 1
        return self.scanViolation(of: stream, inPiecesOf: size)
            ?? self.assemblyViolation(of: stream, inPiecesOf: size)
    }

    private static func scanViolation(of stream: [UInt8], inPiecesOf size: Int) -> String? {
        var scan = FrameLengthScan()
        let whole = scan.fault(in: stream)
        if let whole, !stream.indices.contains(whole) { return "the fault stands outside" }
        var divided = FrameLengthScan()
        for start in stride(from: 0, to: stream.count, by: size) {
            let piece = stream[start..<min(start + size, stream.count)]
            guard let fault = divided.fault(in: piece) else { continue }
            return start + fault == whole ? nil : "in pieces the fault stands elsewhere"
        }
        return whole == nil ? nil : "in pieces there is no fault"
    }

    /// A message in fragments is the same as in one frame, whatever stands in it.
    private static func assemblyViolation(of stream: [UInt8], inPiecesOf size: Int) -> String? {
        for opcode in [WebSocketOpcode.text, .binary] {
            var assembler = self.assembler()
            let whole = assembler.received(self.frame(opcode, stream[...], isLast: true))
            var fragmented = self.assembler()
            var last = MessageAction.nothing
            let starts = Array(stride(from: 0, to: max(stream.count, 1), by: size))
            for (index, start) in starts.enumerated() {
                let piece = stream[start..<min(start + size, stream.count)]
                last = fragmented.received(
                    self.frame(
                        index == 0 ? opcode : .continuation, piece,
                        isLast: index + 1 == starts.count))
                if index + 1 < starts.count, last != .nothing { return "a fragment ends it" }
            }
            if last != whole { return "in fragments it is another message" }
        }
        return self.controlViolation(of: stream)
    }

    /// Any frame at all is taken or refused.
    private static func controlViolation(of stream: [UInt8]) -> String? {
        guard let head = stream.first,
            let opcode = WebSocketOpcode(encodedWebSocketOpcode: head & 15)
        else { return nil }
        var assembler = self.assembler()
        let frame = WebSocketFrame(
            fin: head & 0x80 != 0, rsv1: head & 0x40 != 0, rsv2: head & 0x20 != 0,
            rsv3: head & 0x10 != 0, opcode: opcode, data: ByteBuffer(bytes: stream.dropFirst()))
        switch assembler.received(frame) {
        case .closed(let code, _) where code != 1_005 && !(1_000...4_999).contains(code):
            return "a close has the code \(code)"
        default: return nil
        }
    }

    private static func assembler() -> MessageAssembler {
        MessageAssembler(
            role: .client, limits: WebSocketLimits(messageBytesMax: 65_536, fragmentsMax: 65_536))
    }

    private static func frame(
        _ opcode: WebSocketOpcode, _ bytes: ArraySlice<UInt8>, isLast: Bool
    ) -> WebSocketFrame {
        WebSocketFrame(fin: isLast, opcode: opcode, data: ByteBuffer(bytes: bytes))
    }
}
