import NIOCore
import Protocol

/// What the load needs of a frame, found by looking instead of parsing: on a machine of two cores
/// whatever the load spends the broker lacks.
struct Glance {
    /// What a frame is to the load.
    enum Kind {
        case welcome, opened, sent, delivery, acknowledged, refused, other
    }
    private let body: ByteBuffer

    /// A look at a frame's body, as the broker writes it: `type` comes first.
    init(_ body: ByteBuffer) { self.body = body }

    var kind: Kind {
        self.body.withUnsafeReadableBytes { bytes in
            guard let start = Self.end(of: #"{"type":""#, in: bytes) else { return .other }
            // Two letters tell apart what is said to a load.
            switch (bytes[start], bytes[start + 1]) {
            case (UInt8(ascii: "s"), UInt8(ascii: "e")): return .sent
            case (UInt8(ascii: "d"), UInt8(ascii: "e")): return .delivery
            case (UInt8(ascii: "a"), UInt8(ascii: "c")): return .acknowledged
            case (UInt8(ascii: "o"), UInt8(ascii: "p")): return .opened
            case (UInt8(ascii: "w"), UInt8(ascii: "e")): return .welcome
            case (UInt8(ascii: "r"), UInt8(ascii: "e")),
                (UInt8(ascii: "g"), UInt8(ascii: "o")):
                return .refused
            default: return .other
            }
        }
    }

    /// The number of the request that it answers.
    var request: Int64? { self.integer(after: #""request":"#) }

    /// The event's number.
    var seq: Int64? { self.integer(after: #""seq":"#) }

    /// The conversation.
    var conversation: ConversationID? {
        self.body.withUnsafeReadableBytes { bytes in
            guard let start = Self.end(of: #""conversation":""#, in: bytes),
                start + 36 <= bytes.count
            else { return nil }
            return ConversationID(String(decoding: bytes[start..<start + 36], as: UTF8.self))
        }
    }

    private func integer(after name: StaticString) -> Int64? {
        self.body.withUnsafeReadableBytes { bytes in
            guard var index = Self.end(of: name, in: bytes) else { return nil }
            var value: Int64 = 0
            while index < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[index] {
                value = value &* 10 &+ Int64(bytes[index] - UInt8(ascii: "0"))
                index += 1
            }
            return value
        }
    }

    /// Where a text ends whose first occurrence is looked for.
    private static func end(of text: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var start = 0
        while start + wanted.count < bytes.count {
            if bytes[start] == wanted[0],
                bytes[start + wanted.count - 1] == wanted[wanted.count - 1],
                UnsafeRawBufferPointer(rebasing: bytes[start..<start + wanted.count])
                    .elementsEqual(wanted)
            {
                return start + wanted.count
            }
            start += 1
        }
        return nil
    }
}
