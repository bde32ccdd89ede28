/// How much one text may hold before it is refused: a bound for each way in which a small text can
/// ask for much memory or stack.
public struct JSONLimits: Equatable, Sendable {
    /// Objects and arrays inside one another. The parser recurses once a level.
    public var depth: Int
    /// Members of one object.
    public var members: Int
    /// Elements of one array.
    public var elements: Int
    /// UTF-8 bytes of one string, after unescaping.
    public var stringBytes: Int

    /// Limits of these sizes.
    public init(depth: Int, members: Int, elements: Int, stringBytes: Int) {
        self.depth = depth
        self.members = members
        self.elements = elements
        self.stringBytes = stringBytes
    }

    /// For what our own processes and browsers say: far above the largest message of ours (a page
    /// of 100 events, five levels deep) and far below what would hurt.
    public static let wire = JSONLimits(
        depth: 32, members: 256, elements: 1024, stringBytes: 262_144)

    /// For what a trusted service sends, whose READY may come to megabytes.
    public static let service = JSONLimits(
        depth: 64, members: 65_536, elements: 1_048_576, stringBytes: 16_777_216)
}
