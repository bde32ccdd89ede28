import Protocol

extension PretendBroker {
    /// A conversation's uid, made of the side that opened it: the same in each life of the database.
    static func uid(_ name: String) -> ConversationID {
        // FNV-1a: these only have to differ, and to be the same again.
        func hash(_ start: UInt64) -> UInt64 {
            name.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        }
        let high = hash(0xCBF2_9CE4_8422_2325) & ~0xF000 | 0x5000
        let low = hash(0x6C62_272E_07BB_0142) & ~(3 << 62) | 1 << 63
        return ConversationID(Bits128(high: high, low: low))
    }
}
