import NIOCore
import NIOWebSocket
import Testing
import WebSockets

/// Frames as a client sends them, masked, to a server with small limits.
private let mask: WebSocketMaskingKey = [1, 2, 3, 4]

private func frame(
    _ opcode: WebSocketOpcode, _ bytes: [UInt8] = [], fin: Bool = true, masked: Bool = true
) -> WebSocketFrame {
    var data = ByteBuffer(bytes: bytes)
    if masked { data.webSocketMask(mask) }
    return WebSocketFrame(fin: fin, opcode: opcode, maskKey: masked ? mask : nil, data: data)
}

private func text(_ string: String, fin: Bool = true) -> WebSocketFrame {
    frame(.text, Array(string.utf8), fin: fin)
}

private func server() -> MessageAssembler {
    MessageAssembler(role: .server, limits: WebSocketLimits(messageBytesMax: 200, fragmentsMax: 3))
}

extension MessageAction {
    fileprivate var failureCode: UInt16? {
        if case .fail(let code, _) = self { code } else { nil }
    }
}

@Suite struct MessageAssemblerTests {
    @Test func `a whole text frame is a message`() {
        var assembler = server()
        #expect(assembler.received(text("hé")) == .text(ByteBuffer(string: "hé")))
    }

    @Test func `fragments are joined, with a ping in between and a character cut in two`() {
        var assembler = server()
        let bytes = Array("é".utf8)
        #expect(assembler.received(frame(.text, [bytes[0]], fin: false)) == .nothing)
        #expect(assembler.received(frame(.ping, [7])) == .pong(ByteBuffer(bytes: [7])))
        #expect(assembler.received(frame(.pong, [7])) == .nothing)
        #expect(
            assembler.received(frame(.continuation, [bytes[1]])) == .text(ByteBuffer(string: "é")))
        #expect(assembler.received(text("next")) == .text(ByteBuffer(string: "next")))
    }

    @Test(arguments: [
        [frame(.text, masked: false)],
        [frame(.continuation, [1])],
        [text("a", fin: false), text("b")],
        [frame(.init(encodedWebSocketOpcode: 3) ?? .text)],
        [frame(.init(encodedWebSocketOpcode: 11) ?? .text)],
        [frame(.ping, fin: false)],
        [frame(.ping, [UInt8](repeating: 0, count: 126))],
        [frame(.connectionClose, [3])],
        [frame(.connectionClose, [0x03, 0xED])],
        [frame(.connectionClose, [0x13, 0x88])],
    ])
    func `what breaks the protocol fails with 1002`(frames: [WebSocketFrame]) {
        var assembler = server()
        let actions = frames.map { assembler.received($0) }
        #expect(actions.last?.failureCode == 1002)
    }

    @Test(arguments: [0x40, 0x20, 0x10] as [UInt8])
    func `a reserved bit fails with 1002`(bit: UInt8) {
        var assembler = server()
        var frame = text("a")
        frame.reservedBits = .init(rawValue: bit)
        #expect(assembler.received(frame).failureCode == 1002)
    }

    @Test func `a masked frame from a server fails with 1002`() {
        var assembler = MessageAssembler(role: .client, limits: .init(messageBytesMax: 10))
        #expect(assembler.received(text("a")).failureCode == 1002)
        var other = MessageAssembler(role: .client, limits: .init(messageBytesMax: 10))
        #expect(
            other.received(frame(.text, [0x61], masked: false)) == .text(ByteBuffer(string: "a")))
    }

    @Test(
        arguments: [
            [0xC3], [0xFF], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xF4, 0x90, 0x80, 0x80],
        ] as [[UInt8]])
    func `text that isn't UTF-8 fails with 1007`(bytes: [UInt8]) {
        var assembler = server()
        #expect(assembler.received(frame(.text, bytes)).failureCode == 1007)
        var other = server()
        #expect(
            other.received(frame(.connectionClose, [0x03, 0xE8] + bytes)).failureCode == 1007)
        var third = server()
        #expect(third.received(frame(.binary, bytes)) == .binary(ByteBuffer(bytes: bytes)))
    }

    @Test func `a text may be cut at any byte, and fails only if it is no UTF-8 as a whole`() {
        let good = Array("aé\u{FDFD}😀z".utf8)
        for bytes in [good, Array(good.dropLast(2)), good + [0x80]] {
            for first in 0...bytes.count {
                for second in first...bytes.count {
                    var assembler = server()
                    let parts = [
                        frame(.text, Array(bytes[..<first]), fin: false),
                        frame(.continuation, Array(bytes[first..<second]), fin: false),
                    ]
                    for part in parts { #expect(assembler.received(part) == .nothing) }
                    let end = assembler.received(frame(.continuation, Array(bytes[second...])))
                    if bytes == good {
                        #expect(end == .text(ByteBuffer(bytes: good)))
                    } else {
                        #expect(end.failureCode == 1007)
                    }
                }
            }
        }
    }

    @Test func `too many bytes or fragments fail with 1009`() {
        var whole = server()
        #expect(whole.received(frame(.binary, .init(repeating: 0, count: 201))).failureCode == 1009)
        var cut = server()
        _ = cut.received(frame(.binary, .init(repeating: 0, count: 150), fin: false))
        let rest = frame(.continuation, .init(repeating: 0, count: 51))
        #expect(cut.received(rest).failureCode == 1009)
        var empty = server()
        _ = empty.received(frame(.binary, fin: false))
        _ = empty.received(frame(.continuation, fin: false))
        _ = empty.received(frame(.continuation, fin: false))
        #expect(empty.received(frame(.continuation, fin: false)).failureCode == 1009)
    }

    @Test func `a close frame gives its code and reason, 1005 without`() {
        var assembler = server()
        let payload: [UInt8] = [0x0F, 0xA4] + Array("bye".utf8)
        #expect(
            assembler.received(frame(.connectionClose, payload))
                == .closed(code: 4004, reason: "bye"))
        #expect(assembler.received(frame(.connectionClose)) == .closed(code: 1005, reason: ""))
    }
}
