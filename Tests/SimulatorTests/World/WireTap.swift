#if os(Linux)
    import NIOCore
    import StrictJSON

    /// Hears what a gateway and the broker say on one connection.
    final class WireTap {
        /// The connection.
        weak var wire: Wire?
        /// Whether the broker has welcomed the gateway.
        var isWelcomed: Bool { self.generation != nil }
        /// Whether the broker has said goodbye.
        private(set) var hasHeardGoodbye = false
        /// Which consumer this is; 0 for a reader, `nil` before the welcome.
        private(set) var generation: Int64?

        /// An end wrote whole frames; what is wrong with that.
        func wrote(_ bytes: ByteBuffer, isBrokers: Bool, among taps: [WireTap]) -> String? {
            guard isBrokers else { return nil }
            return bytes.withUnsafeReadableBytes { bytes in
                var (broken, start): (String?, Int) = (nil, 0)
                while start + 4 < bytes.count {
                    let length = bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)
                    let end = start + 4 + Int(length.bigEndian)
                    guard end <= bytes.count else { return "a frame was written in pieces" }
                    let frame = UnsafeRawBufferPointer(rebasing: bytes[start + 4..<end])
                    broken = self.said(frame, taps) ?? broken
                    start = end
                }
                return broken
            }
        }

        /// How each frame begins, before its type.
        private static let typeOffset = "{\"type\":\"".utf8.count

        private func said(_ frame: UnsafeRawBufferPointer, _ taps: [WireTap]) -> String? {
            guard frame.count > Self.typeOffset + 1 else { return nil }
            // Few types begin like these: the rest needs no look.
            switch frame[Self.typeOffset] {
            case UInt8(ascii: "d") where Self.begins(frame, with: "delivery\""):
                return Self.fault(
                    ofDeliveryTo: self.generation, newest: taps.compactMap(\.generation).max())
            case UInt8(ascii: "w") where Self.begins(frame, with: "welcome\""):
                let value = try? JSONParser.parse(Array(frame))
                self.generation = value?["generation"]?.integer
            case UInt8(ascii: "g") where Self.begins(frame, with: "goodbye\""):
                self.hasHeardGoodbye = true
            default: break
            }
            return nil
        }

        private static func begins(
            _ frame: UnsafeRawBufferPointer, with type: StaticString
        ) -> Bool {
            type.withUTF8Buffer { frame.dropFirst(self.typeOffset).starts(with: $0) }
        }

        /// What is wrong with a delivery to a consumer, when the newest one is `newest`.
        static func fault(ofDeliveryTo generation: Int64?, newest: Int64?) -> String? {
            guard let generation else { return "a delivery came before the welcome" }
            guard let newest, generation < newest else { return nil }
            return "generation \(generation) was given a delivery after \(newest) had taken over"
        }
    }
#endif
