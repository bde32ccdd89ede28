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
        private var pieces = ByteBuffer()

        /// An end wrote something; what is wrong with that.
        func wrote(_ bytes: ByteBuffer, isBrokers: Bool, among taps: [WireTap]) -> String? {
            guard isBrokers else { return nil }
            self.pieces.writeImmutableBuffer(bytes)
            var broken: String?
            while let length = self.pieces.getInteger(at: self.pieces.readerIndex, as: UInt32.self),
                let frame = self.pieces.getSlice(
                    at: self.pieces.readerIndex + 4, length: Int(length))
            {
                self.pieces.moveReaderIndex(forwardBy: 4 + Int(length))
                broken = self.said(frame, taps) ?? broken
            }
            if self.pieces.readableBytes == 0 { self.pieces.clear() }
            return broken
        }

        private func said(_ frame: ByteBuffer, _ taps: [WireTap]) -> String? {
            func begins(with text: StaticString) -> Bool {
                text.withUTF8Buffer { frame.readableBytesView.starts(with: $0) }
            }
            if begins(with: "{\"type\":\"delivery\"") {
                return Self.fault(
                    ofDeliveryTo: self.generation, newest: taps.compactMap(\.generation).max())
            } else if begins(with: "{\"type\":\"welcome\"") {
                let value = try? JSONParser.parse(Array(frame.readableBytesView))
                self.generation = value?["generation"]?.integer
            } else if begins(with: "{\"type\":\"goodbye\"") {
                self.hasHeardGoodbye = true
            }
            return nil
        }

        /// What is wrong with a delivery to a consumer, when the newest one is `newest`.
        static func fault(ofDeliveryTo generation: Int64?, newest: Int64?) -> String? {
            guard let generation else { return "a delivery came before the welcome" }
            guard let newest, generation < newest else { return nil }
            return "generation \(generation) was given a delivery after \(newest) had taken over"
        }
    }
#endif
