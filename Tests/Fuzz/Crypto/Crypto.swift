/// Stands for swift-crypto in the fuzzed build, which needs its shapes and not its digests: the
/// library is minutes of compiling C for nothing that is looked for here.
public enum SHA256: Sendable {
    /// 32 bytes that tell texts apart well enough.
    public static func hash(data: some Sequence<UInt8>) -> [UInt8] {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in data { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return (0..<32).map { UInt8(truncatingIfNeeded: state >> UInt64($0)) }
    }
}

/// A key.
public struct SymmetricKey: Sendable {
    /// A key of some bytes.
    public init(data: some Sequence<UInt8>) {}
}

/// An authentication code.
public enum HMAC<Hash>: Sendable {
    /// The digest of some bytes.
    public static func authenticationCode(
        for data: some Sequence<UInt8>, using key: SymmetricKey
    ) -> [UInt8] { SHA256.hash(data: data) }
}
