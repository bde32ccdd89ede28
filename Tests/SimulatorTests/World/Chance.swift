/// Where every choice of a simulation comes from: SplitMix64 of its seed.
struct Chance: RandomNumberGenerator {
    private var state: UInt64

    /// Choices of a seed.
    init(seed: UInt64) { self.state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number of 0 ..< `count`.
    mutating func below(_ count: Int) -> Int {
        count <= 1 ? 0 : Int(self.next() % UInt64(count))
    }

    /// A number of a range.
    mutating func among(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(self.below(Int(range.upperBound - range.lowerBound) + 1))
    }

    /// Whether something of this likelihood, in percent, happens.
    mutating func happens(_ percent: Int) -> Bool { self.below(100) < percent }

    /// One of some.
    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[self.below(elements.count)]
    }

    /// Fills bytes.
    mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        var word: UInt64 = 0
        for index in bytes.indices {
            if index % 8 == 0 { word = self.next() }
            bytes[index] = UInt8(truncatingIfNeeded: word)
            word >>= 8
        }
    }
}
