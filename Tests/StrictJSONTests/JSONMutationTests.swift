import StrictJSON
import Testing

/// Texts that are nearly JSON, made from a seed: the parser must answer each without a trap, and
/// what it takes must mean the same when it is written and read again.
@Suite struct JSONMutationTests {
    /// A small generator (SplitMix64), so that a failing seed can be run again.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var z = self.state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static let texts = [
        #"{"type":"send","request":7,"body":"Hello \u00e9 \ud83d\ude00","n":[1,-2.5e3,true,null]}"#,
        #"[[],{},"",0,-0,1e400,"\n\t\"\\",{"a":{"b":[{"c":"d"}]}}]"#,
        #"  {"é":"e\u0301","k" : [ 1 , 2 ] , "x":9223372036854775807}  "#,
    ]

    static func mutated(_ text: String, _ generator: inout Seeded) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2 where place < bytes.count:
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            default: bytes.removeLast(min(place, bytes.count) / 4)
            }
        }
        return bytes
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `no text near JSON traps, and what is taken stays the same`(seed: UInt64) throws {
        var generator = Seeded(state: seed)
        var taken = 0
        for _ in 0..<10_000 {
            let text = Self.texts[Int.random(in: 0..<Self.texts.count, using: &generator)]
            let bytes = Self.mutated(text, &generator)
            guard let value = try? JSONParser.parse(bytes) else { continue }
            taken += 1
            let again = try? JSONParser.parse(JSONWriter.encode(value))
            if again != value {
                Issue.record(
                    "\(bytes) is read as \(value) and then as \(String(describing: again))")
            }
        }
        // A mutation that changes a letter leaves JSON: some must have been taken.
        #expect(taken > 100)
    }
}
