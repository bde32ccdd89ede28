package import NIOCore
package import NIOWebSocket

/// What a received frame asks for.
package enum MessageAction: Equatable, Sendable {
    /// A whole text message, checked to be UTF-8.
    case text(ByteBuffer)
    /// A whole binary message.
    case binary(ByteBuffer)
    /// Answer with a pong that carries these bytes.
    case pong(ByteBuffer)
    /// The peer closes; `code` is 1005 when its frame had none.
    case closed(code: UInt16, reason: String)
    /// The peer broke a rule: close with this code.
    case fail(code: UInt16, reason: String)
    /// Nothing to do yet.
    case nothing
}

/// Checks frames by RFC 6455 and joins fragments to messages. Pure: no channel, no clock.
///
/// SwiftNIO's codec lets through unmasked client frames, reserved bits and opcodes, wrong
/// continuations and text that isn't UTF-8; all of that is refused here.
package struct MessageAssembler: Sendable {
    private struct Partial {
        var isText: Bool
        var bytes: ByteBuffer
        var fragments: Int
    }

    private let role: WebSocketRole
    private let limits: WebSocketLimits
    private var partial: Partial?

    /// An assembler for frames that `role` receives.
    package init(role: WebSocketRole, limits: WebSocketLimits) {
        self.role = role
        self.limits = limits
    }

    /// Takes the next frame from the peer.
    package mutating func received(_ frame: WebSocketFrame) -> MessageAction {
        guard frame.reservedBits.isEmpty else {
            return protocolError("reserved bits without an extension")
        }
        guard (frame.maskKey != nil) == (self.role == .server) else {
            return protocolError(
                self.role == .server ? "client frames must be masked" : "masked server frame")
        }
        switch frame.opcode {
        case .text, .binary: return self.started(frame)
        case .continuation: return self.continued(frame)
        case .ping, .pong, .connectionClose: return Self.control(frame)
        default: return protocolError("reserved opcode")
        }
    }

    private mutating func started(_ frame: WebSocketFrame) -> MessageAction {
        guard self.partial == nil else {
            return protocolError("a new message inside a fragmented one")
        }
        guard frame.length <= self.limits.messageBytesMax else { return Self.tooBig }
        let isText = frame.opcode == .text
        if frame.fin { return Self.finished(isText: isText, bytes: frame.unmaskedData) }
        self.partial = Partial(isText: isText, bytes: frame.unmaskedData, fragments: 1)
        return .nothing
    }

    private mutating func continued(_ frame: WebSocketFrame) -> MessageAction {
        guard var message = self.partial.take() else {
            return protocolError("a continuation of nothing")
        }
        let bytesLeft = self.limits.messageBytesMax - message.bytes.readableBytes
        guard frame.length <= bytesLeft, message.fragments < self.limits.fragmentsMax else {
            return Self.tooBig
        }
        var data = frame.unmaskedData
        message.bytes.writeBuffer(&data)
        message.fragments += 1
        if frame.fin { return Self.finished(isText: message.isText, bytes: message.bytes) }
        self.partial = message
        return .nothing
    }

    private static func finished(isText: Bool, bytes: ByteBuffer) -> MessageAction {
        guard isText else { return .binary(bytes) }
        guard bytes.isValidUTF8 else {
            return .fail(code: WebSocketCloseCode.invalidData, reason: "text is not UTF-8")
        }
        return .text(bytes)
    }

    private static func control(_ frame: WebSocketFrame) -> MessageAction {
        guard frame.fin else { return protocolError("fragmented control frame") }
        guard frame.length <= 125 else { return protocolError("control frame over 125 bytes") }
        switch frame.opcode {
        case .ping: return .pong(frame.unmaskedData)
        case .connectionClose: return self.close(frame.unmaskedData)
        default: return .nothing
        }
    }

    private static func close(_ payload: ByteBuffer) -> MessageAction {
        var payload = payload
        guard payload.readableBytes > 0 else {
            return .closed(code: WebSocketCloseCode.absent, reason: "")
        }
        guard let code = payload.readInteger(as: UInt16.self),
            WebSocketCloseCode.isValidOnWire(code)
        else { return protocolError("invalid close code") }
        guard payload.isValidUTF8 else {
            return .fail(code: WebSocketCloseCode.invalidData, reason: "reason is not UTF-8")
        }
        return .closed(code: code, reason: String(buffer: payload))
    }

    private static var tooBig: MessageAction {
        .fail(code: WebSocketCloseCode.messageTooBig, reason: "message too big")
    }
}

private func protocolError(_ reason: String) -> MessageAction {
    .fail(code: WebSocketCloseCode.protocolError, reason: reason)
}

extension ByteBuffer {
    /// Whether the readable bytes are well-formed UTF-8. Nothing is copied.
    var isValidUTF8: Bool {
        self.withUnsafeReadableBytes { bytes in
            let span = bytes.assumingMemoryBound(to: UInt8.self).span
            return (try? UTF8Span(validating: span)) != nil
        }
    }
}
